"""The Spanish words of the synthetic campaigns: invented, in the tone of each business."""

from __future__ import annotations

HEADLINES: dict[str, tuple[str, ...]] = {
    "wompi": (
        "Cobra con QR en segundos",
        "Recibe pagos sin datáfono",
        "Tu tienda cobra mientras vendes",
        "Un link y te pagan",
        "Vende por chat, cobra fácil",
        "Tu negocio cobra hoy mismo",
        "Menos filas, más ventas",
    ),
    "tu360compras": (
        "Todo para tu casa, a un clic",
        "Hoy sí llega tu pedido",
        "Ofertas que se van volando",
        "Compra ahora, paga a cuotas",
        "Estrena sin salir de casa",
        "Tu compra suma puntos",
        "Envío gratis este fin de semana",
    ),
    "tu360inmobiliario": (
        "Tu casa propia está cerca",
        "Estrena apartamento este año",
        "Encuentra dónde echar raíces",
        "Separa tu vivienda con poco",
        "Vive donde siempre quisiste",
        "Las llaves te están esperando",
        "Simula tu cuota en un minuto",
    ),
    "banco": (
        "Tu plata rinde más aquí",
        "Crédito en minutos, sin filas",
        "Abre tu cuenta desde el celular",
        "Tu carro nuevo empieza hoy",
        "Ahorra sin darte cuenta",
        "Una tarjeta para tu día a día",
        "Tu negocio crece contigo",
    ),
}

CALLS_TO_ACTION: dict[str, tuple[str, ...]] = {
    "awareness": ("Conoce más", "Descúbrelo"),
    "traffic": ("Ver más", "Visita el sitio"),
    "engagement": ("Participa", "Cuéntanos"),
    "leads": ("Déjanos tus datos", "Quiero asesoría"),
    "sales": ("Compra ahora", "Empieza ya"),
}

BODIES: dict[str, str] = {
    "wompi": "Empieza a recibir pagos con QR, links y tarjetas. Sin cláusulas y sin enredos.",
    "tu360compras": "Miles de productos con envío a todo el país y puntos en cada compra.",
    "tu360inmobiliario": "Apartamentos y casas en buenas zonas. Te acompañamos hasta la firma.",
    "banco": "Haz todo desde el celular, con la asesoría que necesitas y sin costos ocultos.",
}

AUDIENCES = ("Intereses amplios", "Similares a clientes", "Visitantes del sitio")

CAMPAIGN_TITLES: dict[str, tuple[str, ...]] = {
    "wompi": ("Cobra con QR", "Pagos sin datáfono", "Link de pago", "Tenderos", "Ventas por chat"),
    "tu360compras": (
        "Tu hogar",
        "Ofertas de la semana",
        "Compra a cuotas",
        "Envío gratis",
    ),
    "tu360inmobiliario": ("Casa propia", "Feria de vivienda", "Estrena apartamento", "Simulador"),
    "banco": ("Cuenta digital", "Crédito en minutos", "Tarjeta diaria", "Crédito de vehículo"),
}

LANDING: dict[str, str] = {
    "wompi": "https://wompi.example/",
    "tu360compras": "https://tu360compras.example/",
    "tu360inmobiliario": "https://tu360inmobiliario.example/",
    "banco": "https://banco.example/",
}

"""Which headers the platforms' exports carry, in Spanish and English, and what each is for us.

Written as on the page; compared without accents and capitals, and without a currency in
brackets. Where several names of one field are in a file, the first counts.
`docs/exports.md` says which of them were seen in real files and which are not certain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Kinds of columns: how their cells are read.
IDS = (
    "account_id", "campaign_id", "ad_set_id", "ad_id", "tweet_id",
)  # fmt: skip
COUNTS = (
    "impressions", "reach", "clicks", "link_clicks", "engagements", "video_views",
    "landing_page_views", "video_completions", "reactions", "comments", "shares", "follows",
)  # fmt: skip
FRACTIONS = ("conversions", "leads", "purchases", "app_installs", "view_through_conversions")
MONEY = ("spend", "revenue")
DAYS = ("day", "period_start", "period_end")
TEXTS = (
    "account_name", "currency", "campaign_name", "ad_set_name", "ad_name", "ad_status",
    "objective", "campaign_subtype", "bidding", "headline", "body", "call_to_action", "link_url",
    "format", "image_name", "attribution_setting",
)  # fmt: skip
FIELDS = (*IDS, *COUNTS, *FRACTIONS, *MONEY, *DAYS, *TEXTS)

# A file that is split by one of these has several rows per ad and day, and reach that must not
# be added up.
SPLITS = (
    "age", "edad", "gender", "sexo", "genero", "placement", "ubicacion", "plataforma", "platform",
    "device", "dispositivo", "impression device", "dispositivo de impresion", "network", "red",
    "network (with search partners)", "red (con partners de busqueda)", "country", "pais",
    "region", "hour", "hora", "hour of day", "hora del dia", "conversion action",
    "accion de conversion", "conversion name", "nombre de la conversion", "time of day",
)  # fmt: skip
# Known, and of no use here.
IGNORED = frozenset(
    {
        "funding source name", "funding source id", "nombre de la fuente de financiacion",
        "id de la fuente de financiacion", "campaign status", "estado de la campana",
        "ad set status", "estado del conjunto de anuncios", "ad set type", "ad group status",
        "estado del grupo de anuncios", "campaign group status", "estado del grupo de campanas",
        "campaign state", "ad group state", "campaign start date", "campaign end date",
        "fecha de inicio de la campana", "fecha de finalizacion de la campana", "ad set delivery",
        "campaign delivery", "entrega del conjunto de anuncios", "entrega de la campana",
        "total budget", "presupuesto total", "results", "resultados", "result indicator",
        "indicador de resultado", "policy details", "detalles de la politica", "ad strength",
        "eficacia del anuncio",
    }
)  # fmt: skip
# Ratios are never stored: they are computed from sums. The words stand in their headers.
_RATIO = re.compile(
    r"%|\b(ctr|cpc|cpm|cpa|cpv|roas|avg|average|promedio|medio|media|frequency|frecuencia|rate"
    r"|tasa|porcentaje|share|cuota|cost per|costo por|coste por|cost /|costo/|coste/|per result"
    r"|optimization score|nivel de optimizacion)\b"
)


@dataclass(frozen=True)
class Layout:
    """The headers of one kind of export.

    Args:
        headers: our field -> names, the preferred first.
        required: fields without which nothing can be said; a tuple inside means one of them.
        ask: how a person adds the columns, for messages.
    """

    name: str
    headers: dict[str, tuple[str, ...]]
    required: tuple[str | tuple[str, ...], ...]
    ask: str


_REQUIRED = ("campaign_id", "ad_set_id", "ad_id", "impressions", "clicks", "spend")

META = Layout(
    name="Meta Ads Manager",
    headers={
        "day": ("Day", "Día"),
        "period_start": ("Reporting starts", "Inicio del informe", "Inicio de los informes"),
        "period_end": ("Reporting ends", "Fin del informe", "Fin de los informes"),
        "account_id": ("Account ID", "Identificador de la cuenta", "ID de la cuenta"),
        "account_name": ("Account name", "Nombre de la cuenta"),
        "currency": ("Currency", "Divisa", "Moneda"),
        "campaign_id": (
            "Campaign ID", "Identificador de la campaña", "ID de la campaña",
            "Identificador de campaña",
        ),
        "campaign_name": ("Campaign name", "Nombre de la campaña"),
        "ad_set_id": (
            "Ad set ID", "Identificador del conjunto de anuncios", "ID del conjunto de anuncios",
        ),
        "ad_set_name": ("Ad set name", "Nombre del conjunto de anuncios"),
        "ad_id": ("Ad ID", "Identificador del anuncio", "ID del anuncio"),
        "ad_name": ("Ad name", "Nombre del anuncio"),
        "ad_status": (
            "Ad delivery", "Delivery status", "Entrega del anuncio", "Estado de la entrega",
        ),
        "objective": ("Objective", "Objetivo"),
        "headline": ("Title (ad settings)", "Headline", "Título (configuración del anuncio)"),
        "body": ("Body (ad settings)", "Text", "Cuerpo (configuración del anuncio)"),
        "link_url": (
            "Link (ad settings)", "Website URL", "Enlace (configuración del anuncio)",
            "URL del sitio web",
        ),
        "image_name": ("Image name", "Nombre de la imagen", "Image", "Imagen"),
        "attribution_setting": ("Attribution setting", "Configuración de atribución"),
        "impressions": ("Impressions", "Impresiones"),
        "reach": ("Reach", "Alcance"),
        "clicks": ("Clicks (all)", "Clics (todos)"),
        "link_clicks": ("Link clicks", "Clics en el enlace"),
        "engagements": (
            "Post engagements", "Post engagement", "Interacciones con la publicación",
            "Interacción con la publicación",
        ),
        "video_views": (
            "3-second video plays", "Reproducciones de video de 3 segundos",
        ),
        "video_completions": (
            "Video plays at 100%", "Reproducciones de video hasta el 100%",
            "Reproducciones de video hasta el 100 %",
        ),
        "spend": ("Amount spent", "Importe gastado"),
        "purchases": ("Purchases", "Compras"),
        "revenue": (
            "Purchases conversion value", "Valor de conversión de compras",
            "Valor de conversión de las compras",
        ),
        "leads": ("Leads", "Clientes potenciales", "Clientes potenciales en Meta"),
        "landing_page_views": ("Landing page views", "Visitas a la página de destino"),
        "app_installs": ("App installs", "Instalaciones de la app", "Descargas de la app"),
        "reactions": ("Post reactions", "Reacciones a la publicación"),
        "comments": ("Post comments", "Comentarios de la publicación"),
        "shares": ("Post shares", "Veces que se compartió la publicación"),
        "follows": (
            "Facebook likes", "Page likes", "Me gusta de Facebook", "Me gusta de la página",
        ),
    },
    required=(("day", "period_start"), *_REQUIRED, "link_clicks", "engagements"),
    ask="In Ads Manager: level Ads, Breakdown > By time > Day, Columns > Customise columns, then "
    "Export table data as CSV",
)  # fmt: skip

GOOGLE = Layout(
    name="Google Ads",
    headers={
        "day": ("Day", "Día", "Date", "Fecha"),
        "account_id": ("Customer ID", "ID de cliente", "ID del cliente", "External customer ID"),
        "account_name": ("Account name", "Account", "Nombre de la cuenta", "Cuenta"),
        "currency": ("Currency code", "Código de moneda", "Currency", "Moneda"),
        "campaign_id": ("Campaign ID", "ID de campaña", "ID de la campaña"),
        "campaign_name": ("Campaign", "Campaña"),
        "ad_set_id": (
            "Ad group ID", "ID de grupo de anuncios", "ID del grupo de anuncios",
        ),
        "ad_set_name": ("Ad group", "Grupo de anuncios"),
        "ad_id": ("Ad ID", "ID de anuncio", "ID del anuncio"),
        "ad_name": ("Ad name", "Nombre del anuncio", "Image ad name"),
        "ad_status": ("Ad state", "Ad status", "Estado del anuncio"),
        "format": ("Ad type", "Tipo de anuncio"),
        "objective": ("Campaign type", "Tipo de campaña"),
        "campaign_subtype": ("Campaign subtype", "Subtipo de campaña"),
        "bidding": (
            "Campaign bid strategy type", "Bid strategy type",
            "Tipo de estrategia de oferta de la campaña", "Tipo de estrategia de oferta",
        ),
        "headline": ("Long headline", "Headline", "Headline 1", "Título largo", "Título 1"),
        "body": ("Description", "Description 1", "Descripción", "Descripción 1"),
        "link_url": ("Final URL", "URL final", "URL finales"),
        "image_name": ("Image name", "Nombre de la imagen"),
        "impressions": ("Impr.", "Impressions", "Impresiones"),
        "clicks": ("Clicks", "Clics"),
        "engagements": ("Engagements", "Participaciones"),
        "video_views": (
            "TrueView views", "Video views", "Views", "Vistas de TrueView", "Vistas de video",
            "Vistas", "Visualizaciones",
        ),
        "spend": ("Cost", "Costo", "Coste"),
        "conversions": ("Conversions", "Conversiones"),
        "revenue": ("Conv. value", "Valor de conv.", "Valor conv."),
        "view_through_conversions": (
            "View-through conv.", "Conv. posimpresión", "Conv. post-impresión",
        ),
    },
    required=("day", *_REQUIRED),
    ask="In Google Ads: Campaigns > Ads (or Insights & reports > Report editor), Segment > Time > "
    "Day, add the columns, then Download > .csv",
)  # fmt: skip

X = Layout(
    name="X Ads Manager",
    headers={
        "day": (
            "Day", "Date", "Time", "Time period", "Time period start", "Día", "Fecha",
            "Periodo",
        ),
        "account_id": ("Account ID", "ID de la cuenta"),
        "account_name": ("Account name", "Nombre de la cuenta"),
        "currency": ("Currency", "Moneda", "Divisa"),
        "campaign_id": ("Campaign ID", "ID de la campaña", "ID de campaña"),
        "campaign_name": ("Campaign name", "Campaign", "Nombre de la campaña", "Campaña"),
        "ad_set_id": (
            "Ad group ID", "Line item ID", "ID del grupo de anuncios", "ID de grupo de anuncios",
        ),
        "ad_set_name": ("Ad group name", "Ad group", "Nombre del grupo de anuncios"),
        "ad_id": (
            "Promoted post ID", "Promoted Tweet ID", "Ad ID", "ID del post promocionado",
            "ID del Tweet promocionado", "ID del anuncio",
        ),
        "tweet_id": ("Post ID", "Tweet ID", "ID del post", "ID del Tweet", "ID de la publicación"),
        "ad_name": ("Ad name", "Post name", "Tweet name", "Nombre del anuncio"),
        "ad_status": ("Ad status", "Status", "Estado del anuncio", "Estado"),
        "objective": ("Objective", "Campaign objective", "Objetivo", "Objetivo de la campaña"),
        "body": (
            "Post text", "Tweet text", "Texto del post", "Texto del Tweet",
            "Texto de la publicación",
        ),
        "link_url": ("Website URL", "Card URL", "URL del sitio web"),
        "image_name": ("Media name", "Image name", "Nombre del archivo multimedia"),
        "impressions": ("Impressions", "Impresiones"),
        "clicks": ("Clicks", "Clics"),
        "link_clicks": ("Link clicks", "URL clicks", "Clics en el enlace", "Clics en enlaces"),
        "engagements": ("Engagements", "Post engagements", "Tweet engagements", "Interacciones"),
        "video_views": (
            "Video views", "Visualizaciones de video", "Reproducciones de video",
        ),
        "video_completions": (
            "Video completions", "Video views 100%", "Visualizaciones completas de video",
        ),
        "spend": ("Spend", "Gasto", "Inversión", "Importe gastado"),
        "purchases": ("Purchases", "Compras"),
        "revenue": ("Purchases: sales amount", "Purchases - sale amount", "Importe de ventas"),
        "leads": ("Sign ups", "Site sign ups", "Registros"),
        "app_installs": ("Installs", "App installs", "Instalaciones"),
        "reactions": ("Likes", "Me gusta"),
        "comments": ("Replies", "Respuestas"),
        "shares": ("Reposts", "Retweets"),
        "follows": ("Follows", "Seguimientos"),
    },
    required=(
        "day", "campaign_id", "ad_set_id", ("ad_id", "tweet_id"),
        "impressions", "clicks", "spend", "link_clicks", "engagements",
    ),
    ask="In X Ads Manager: tab Ads, Export, segmented by day",
)  # fmt: skip

_LINKEDIN = {
    "day": ("Start Date (in UTC)", "Fecha de inicio (en UTC)", "Start Date", "Fecha de inicio"),
    "account_id": ("Account ID", "ID de la cuenta"),
    "account_name": ("Account Name", "Nombre de la cuenta"),
    "currency": ("Currency", "Divisa", "Moneda"),
    "ad_id": ("Ad ID", "Creative ID", "ID del anuncio", "ID del contenido creativo"),
    "ad_name": ("Ad Name", "Creative Name", "Nombre del anuncio", "Nombre del contenido creativo"),
    "ad_status": ("Ad Status", "Creative Status", "Estado del anuncio"),
    "headline": ("Ad Headline", "Título del anuncio"),
    "body": ("Ad Introduction Text", "Texto de introducción del anuncio"),
    "link_url": ("Click URL", "URL de clic", "URL"),
    "format": ("Ad Type", "Creative Type", "Tipo de anuncio"),
    "image_name": ("Image Name", "Nombre de la imagen"),
    "impressions": ("Impressions", "Impresiones"),
    "reach": ("Reach", "Alcance"),
    "clicks": ("Clicks", "Clics"),
    "link_clicks": (
        "Clicks to Landing Page", "Clics en la página de destino", "Clics a la página de destino",
    ),
    "engagements": ("Total Engagements", "Interacciones totales", "Total de interacciones"),
    "video_views": ("Video Views", "Views", "Visualizaciones de video"),
    "video_completions": (
        "Video Completions", "Completions", "Visualizaciones de video completas",
        "Visualizaciones completas",
    ),
    "spend": ("Total Spent", "Total gastado", "Gasto total"),
    "purchases": ("Conversions", "Conversiones"),
    "revenue": ("Total Conversion Value", "Conversion Value", "Valor total de conversión"),
    "view_through_conversions": (
        "View-Through Conversions", "Conversiones posteriores a la visualización",
    ),
    "leads": ("Leads", "Clientes potenciales", "Contactos"),
    "reactions": ("Reactions", "Reacciones"),
    "comments": ("Comments", "Comentarios"),
    "shares": ("Shares", "Veces compartido", "Compartidos"),
    "follows": ("Follows", "Seguimientos"),
}  # fmt: skip
_LINKEDIN_ASK = (
    "In Campaign Manager: Export, report Ad performance, time breakdown Daily, with the ids of "
    "every level among the columns"
)

# What was a campaign group is a campaign since 2026, and what was a campaign an ad set: the
# header "Campaign ID" alone does not say which level it means.
LINKEDIN_AD_SETS = Layout(
    name="LinkedIn Campaign Manager (campaigns and ad sets)",
    headers={
        **_LINKEDIN,
        "campaign_id": ("Campaign ID", "ID de la campaña", "ID de campaña"),
        "campaign_name": ("Campaign Name", "Nombre de la campaña"),
        "ad_set_id": ("Ad Set ID", "ID del conjunto de anuncios"),
        "ad_set_name": ("Ad Set Name", "Nombre del conjunto de anuncios"),
        "objective": ("Ad Set Objective", "Campaign Objective", "Objetivo del conjunto de anuncios",
                      "Objetivo de la campaña"),
    },
    required=("day", *_REQUIRED, "link_clicks", "engagements"),
    ask=_LINKEDIN_ASK,
)  # fmt: skip
LINKEDIN_GROUPS = Layout(
    name="LinkedIn Campaign Manager (campaign groups and campaigns)",
    headers={
        **_LINKEDIN,
        "campaign_id": ("Campaign Group ID", "ID del grupo de campañas"),
        "campaign_name": ("Campaign Group Name", "Nombre del grupo de campañas"),
        "ad_set_id": ("Campaign ID", "ID de la campaña", "ID de campaña"),
        "ad_set_name": ("Campaign Name", "Nombre de la campaña"),
        "objective": ("Campaign Objective", "Objetivo de la campaña"),
    },
    required=("day", *_REQUIRED, "link_clicks", "engagements"),
    ask=_LINKEDIN_ASK,
)

LAYOUTS: dict[str, tuple[Layout, ...]] = {
    "meta": (META,),
    "google_ads": (GOOGLE,),
    "x_ads": (X,),
    "linkedin_ads": (LINKEDIN_AD_SETS, LINKEDIN_GROUPS),
}


def is_ratio(header: str) -> bool:
    """Whether a plain header (see `sheet.plain_header`) names a ratio or an average."""
    return _RATIO.search(header) is not None

"""What a campaign is for, from the words of the platforms' pages."""

from __future__ import annotations

from collections import Counter

from include.sources.exports.inbox import plain_name
from include.sources.google_ads_objectives import objective_of

# Words without accents and capitals -> common objective; the APIs' own words are known as well.
_COMMON = {
    "meta": {
        "awareness": "awareness", "outcome awareness": "awareness", "reconocimiento": "awareness",
        "brand awareness": "awareness", "reach": "awareness", "alcance": "awareness",
        "traffic": "traffic", "outcome traffic": "traffic", "trafico": "traffic",
        "link clicks": "traffic", "engagement": "engagement", "outcome engagement": "engagement",
        "interaccion": "engagement", "post engagement": "engagement", "messages": "engagement",
        "mensajes": "engagement", "leads": "leads", "outcome leads": "leads",
        "lead generation": "leads", "clientes potenciales": "leads",
        "app promotion": "app_promotion", "outcome app promotion": "app_promotion",
        "promocion de la app": "app_promotion", "app installs": "app_promotion",
        "sales": "sales", "outcome sales": "sales", "ventas": "sales", "conversions": "sales",
        "conversiones": "sales", "video views": "video_views",
        "reproducciones de video": "video_views",
    },
    "x_ads": {
        "reach": "awareness", "alcance": "awareness", "engagements": "engagement",
        "engagement": "engagement", "interacciones": "engagement", "followers": "engagement",
        "seguidores": "engagement", "website traffic": "traffic", "website clicks": "traffic",
        "trafico del sitio web": "traffic", "trafico al sitio web": "traffic",
        "website conversions": "sales", "conversions": "sales", "sales": "sales",
        "ventas": "sales", "conversiones": "sales", "video views": "video_views",
        "visualizaciones de video": "video_views", "reproducciones de video": "video_views",
        "preroll views": "video_views", "pre roll views": "video_views",
        "app installs": "app_promotion", "instalaciones de la app": "app_promotion",
        "app re engagements": "app_promotion", "app engagements": "app_promotion",
        "lead generation": "leads",
    },
    "linkedin_ads": {
        "brand awareness": "awareness", "reconocimiento de marca": "awareness",
        "conocimiento de marca": "awareness", "website visits": "traffic",
        "website visit": "traffic", "visitas al sitio web": "traffic", "engagement": "engagement",
        "interaccion": "engagement", "video views": "video_views", "video view": "video_views",
        "visualizaciones de video": "video_views", "lead generation": "leads",
        "generacion de contactos": "leads", "generacion de clientes potenciales": "leads",
        "talent leads": "leads", "website conversions": "sales", "website conversion": "sales",
        "conversiones en el sitio web": "sales", "job applicants": "other",
        "solicitantes de empleo": "other", "candidatos a empleos": "other",
    },
}  # fmt: skip
_CHANNELS = {
    "search": "SEARCH", "busqueda": "SEARCH", "red de busqueda": "SEARCH", "display": "DISPLAY",
    "red de display": "DISPLAY", "video": "VIDEO", "shopping": "SHOPPING", "app": "MULTI_CHANNEL",
    "aplicacion": "MULTI_CHANNEL", "aplicaciones": "MULTI_CHANNEL", "demand gen": "DEMAND_GEN",
    "generacion de demanda": "DEMAND_GEN", "performance max": "PERFORMANCE_MAX",
    "maximo rendimiento": "PERFORMANCE_MAX", "smart": "SMART", "inteligente": "SMART",
    "hotel": "HOTEL", "travel": "TRAVEL", "local": "LOCAL", "local services": "LOCAL_SERVICES",
}  # fmt: skip
_BIDDING = {
    "target cpm": "TARGET_CPM", "cpm objetivo": "TARGET_CPM", "manual cpm": "MANUAL_CPM",
    "cpm visible": "MANUAL_CPM", "viewable cpm": "MANUAL_CPM",
    "target impression share": "TARGET_IMPRESSION_SHARE",
    "cuota de impresiones objetivo": "TARGET_IMPRESSION_SHARE",
    "maximum cpv": "MANUAL_CPV", "target cpv": "TARGET_CPV", "cpv objetivo": "TARGET_CPV",
    "cpv maximo": "MANUAL_CPV", "maximize clicks": "TARGET_SPEND",
    "maximizar clics": "TARGET_SPEND", "maximizar los clics": "TARGET_SPEND",
    "manual cpc": "MANUAL_CPC", "cpc manual": "MANUAL_CPC", "enhanced cpc": "ENHANCED_CPC",
    "cpc mejorado": "ENHANCED_CPC", "target cpa": "TARGET_CPA", "cpa objetivo": "TARGET_CPA",
    "maximize conversions": "MAXIMIZE_CONVERSIONS",
    "maximizar conversiones": "MAXIMIZE_CONVERSIONS",
    "maximizar las conversiones": "MAXIMIZE_CONVERSIONS", "target roas": "TARGET_ROAS",
    "roas objetivo": "TARGET_ROAS", "maximize conversion value": "MAXIMIZE_CONVERSION_VALUE",
    "maximizar valor de conversion": "MAXIMIZE_CONVERSION_VALUE",
    "maximizar el valor de conversion": "MAXIMIZE_CONVERSION_VALUE",
}  # fmt: skip


def objective(
    platform: str,
    raw: str | None,
    *,
    subtype: str | None,
    bidding: str | None,
    unknown: Counter[str],
) -> str:
    """The common objective, or `unknown`; a word nobody mapped is counted.

    Args:
        raw: the objective's word; for Google, which has none, the campaign's type.
        subtype: Google's campaign subtype.
        bidding: Google's bid strategy. Which conversions a campaign wants is not exported.
    """
    if raw is None:
        return "unknown"
    if platform != "google_ads":
        found = _COMMON[platform].get(plain_name(raw))
        if found is None:
            unknown[f"export_files.objective={raw[:40]!r}"] += 1
        return found or "unknown"
    channel = _CHANNELS.get(plain_name(raw))
    if channel is None:
        unknown[f"export_files.campaign type={raw[:40]!r}"] += 1
    strategy = _BIDDING.get(plain_name(bidding or ""))
    if bidding and strategy is None:
        unknown[f"export_files.bidding={bidding[:40]!r}"] += 1
    return objective_of(
        channel=channel or "",
        subtype="_".join(plain_name(subtype or "").upper().split()),
        bidding=strategy or "",
        goals=frozenset(),
    )

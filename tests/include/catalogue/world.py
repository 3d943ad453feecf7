"""A small world: 21 sets of four drawn pictures, their cells, leaderboards and lake rows.

The pictures are drawn here, small and plain, so that the tests are quick.
"""

from __future__ import annotations

import hashlib
import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from PIL import Image, ImageDraw

from include.lake import Partition, write_partition, write_table
from include.leaderboards import LEADERBOARD, ranked_key
from include.quality import QUARANTINE
from include.store import LocalStore
from include.tables import TABLES
from tests.include.catalogue.described_world import put_descriptions
from tests.include.catalogue.evidence_world import (
    behind,
    put_documents,
    put_earlier_reading,
    put_notes,
    put_promises,
    put_traits,
)

NOW = datetime(2026, 11, 21, 10, 42, tzinfo=UTC)  # 05:42 in Bogota
TODAY = date(2026, 11, 21)
AS_OF = date(2026, 11, 20)
NODES = ("wompi", "tu360compras", "tu360inmobiliario", "banco")
OBJECTIVES = ("awareness", "traffic", "engagement", "leads", "sales")
COLOURS = {
    "wompi": "#00a878",
    "tu360compras": "#ff6b4a",
    "tu360inmobiliario": "#2f7fd1",
    "banco": "#f2b705",
}
TITLES = {
    "awareness": ("Plaza de mercado al amanecer", "Market square at dawn"),
    "traffic": ("Cobro sin filas en la tienda de barrio", "No queues at the corner shop"),
    "engagement": ("Un café entre vecinos", "Coffee among neighbours"),
    "leads": ("Empaca y envía desde casa", "Pack and ship from home"),
    "sales": ("La familia estrena su casa", "The family's new home"),
}
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
NAMES = ("Cobra con QR", "Empaca y envía", "Tu puesto", "Un café", "Pago listo", "En línea")
FRAMINGS = ("a close-up", "a centred medium shot", "a wide shot", "a detail of the objects")
EMPTY_CELL = ("tu360inmobiliario", "sales")
BUSY_CELL = ("wompi", "traffic")  # three sets, so that one lies between two others
AGES = {("tu360compras", "leads"): 5, ("banco", "engagement"): 11}


def picture(text: str, colour: str, size: int = 320) -> bytes:
    """A plain poster: sky, ground, sun and a house, placed by the hash of `text`."""
    seed = hashlib.sha256(text.encode()).digest()
    image = Image.new("RGB", (size, size), colour)
    pen = ImageDraw.Draw(image)
    x, y = size * (20 + seed[0] % 50) // 100, size * (30 + seed[1] % 25) // 100
    pen.rectangle((0, size * 7 // 10, size, size), fill="#e8d9c0")
    pen.ellipse((size // 12, size // 12, size // 4, size // 4), fill="#f7c65b")
    pen.rectangle((x, y, x + size // 3, size * 8 // 10), fill="#ffffff")
    roof = [(x - 20, y), (x + size // 6, y - size // 6), (x + size // 3 + 20, y)]
    pen.polygon(roof, fill="#2b3a55")
    pen.rectangle((x + 20, y + 30, x + 20 + size // 10, y + 30 + size // 10), fill=colour)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def put_creative(store: LocalStore, text: str, colour: str) -> str:
    """One creative's file in the store; gives its sha256."""
    data = picture(text, colour, 300)
    sha = hashlib.sha256(data).hexdigest()
    key = f"images/sha256/{sha[:2]}/{sha}.png"
    if not store.exists(key):
        store.write(key, data)
    return sha


def ad_name(node: str, objective: str, n: int) -> str:
    """Google's ads have no name; the third one of wompi traffic is hostile."""
    if (node, objective, n) == (*BUSY_CELL, 2):
        return HOSTILE
    return "" if n == 1 else f"{NAMES[n]} {n + 1}"


def ad_of(node: str, objective: str, n: int) -> dict[str, Any]:
    """The n-th ad of a cell as a manifest tells it."""
    usd = n == 1
    return {
        "platform": ("meta", "google_ads", "meta", "linkedin_ads", "x_ads", "meta")[n],
        "account_id": "1010000000000001" if n != 1 else "1234567802",
        "ad_id": f"{NODES.index(node)}{OBJECTIVES.index(objective)}00{n}" + ("~7" if usd else ""),
        "name": ad_name(node, objective, n),
        "campaign": f"{node[:3].upper()} | {objective} | 2026-10 | {NAMES[n]}",
        "impressions": 184_000 - 21_000 * n,
        "results": 4_400.0 - 500 * n,
        "spend": "812.50" if usd else f"{1_240_300 - 90_000 * n}.00",
        "currency": "USD" if usd else "COP",
    }


def piece_of(node: str, objective: str, n: int, sha: str) -> dict[str, Any]:
    """The n-th inspiring piece of a cell."""
    mean = (2.41, 1.97, 1.79, 1.66, 1.52, 0.97)[n]
    ad = ad_of(node, objective, n)
    return {
        "picture": sha,
        "rank": n + 1,
        "weight": (0.31, 0.22, 0.18, 0.11, 0.10, 0.08)[n],
        "mean": mean,
        "low": mean * 0.85,
        "high": mean * (1.15 + 0.1 * n),
        "prob_above_baseline": 0.99 - 0.07 * n,
        "verdict": "winner" if n < 5 else "ordinary",
        "results": ad["results"],
        "expected": ad["results"] / mean,
        "impressions": ad["impressions"],
        "link_clicks": 4_400 - 500 * n,
        "spend": [{"currency": ad["currency"], "amount": ad["spend"]}],
        "first_date": f"2026-0{2 + n}-03",
        "last_date": "2026-11-19",
        "reason": {
            "es": f"Con el mismo gasto logró {mean:.1f} veces lo usual.".replace(".", ",", 1),
            "en": f"With the same spend it got {mean:.1f} times the usual.",
        },
        "description": "a shopkeeper with a phone",
        "ads": [ad],
    }


def manifest_of(
    node: str, objective: str, night: date, shas: list[str], pieces: list[str], *, kind: str
) -> dict[str, Any]:
    """A manifest as `include.generate` writes it."""
    es, en = TITLES[objective]
    set_id = set_id_of(node, objective, night)
    drawn = kind == "drawn"
    phrase = {
        "weight": None,
        "kept": True,
        "dropped": None,
        "origin": "winners",
        "pictures": pieces[:2],
    }
    brand = {**phrase, "origin": "brand", "pictures": []}
    return {
        "schema_version": 1,
        "set_id": set_id,
        "night": night.isoformat(),
        "node": node,
        "objective": objective,
        "profile": {
            "name": "storyboard" if drawn else "sdxl",
            "engine": "storyboard" if drawn else "diffusers",
            "kind": kind,
            "checkpoint": "storyboard" if drawn else "stabilityai/stable-diffusion-xl-base-1.0",
            "revision": "1" if drawn else "462165984030d82259a11f4367a4eed129e94a7b",
            "num_inference_steps": 0 if drawn else 30,
            "guidance_scale": 0.0 if drawn else 6.5,
        },
        "title": {"es": es, "en": en},
        "description": {
            "es": "Tendera colombiana joven en su tienda de barrio, sonríe mientras muestra en el "
            "celular un código QR para cobrar. Estantería cálida, luz de mañana, colores vivos.",
            "en": "A young Colombian shopkeeper in her corner shop smiles while she shows a QR "
            "code on her phone. Warm shelves, morning light, vivid colours.",
        },
        "prompt": prompt_of("a close-up"),
        "prompt_es": "una tienda de barrio, una persona, un celular, un primer plano",
        "made_with": {"device": "cpu" if drawn else "NVIDIA H100"},
        "scene": {"setting": "shop", "people": "one", "props": ["phone"], "light": "morning"},
        "fusion": {"by": "rules", "medoid": None},
        "negative_prompt": "text, watermark, gun, knife, liquor, known people",
        "phrases": [
            {**phrase, "category": "setting", "text": "a neighbourhood shop",
             "text_es": "una tienda de barrio", "weight": 0.62},
            {**phrase, "category": "people", "text": "one person", "text_es": "una persona",
             "weight": 0.51},
            {**phrase, "category": "light", "text": "morning light", "text_es": "luz de mañana",
             "weight": 0.33},
            {**phrase, "category": "composition", "text": "a close-up", "weight": 0.3,
             "text_es": "un primer plano", "pictures": pieces[2:3]},
            {**brand, "category": "colours", "text": "the node's green",
             "text_es": "el verde del nodo"},
            {**brand, "category": "representation", "text": "people who look like Colombia",
             "text_es": "personas reales y representativas de Colombia"},
            {**brand, "category": "style", "text": "natural photograph",
             "text_es": "fotografía natural"},
            {**brand, "category": "must_have", "text": "space on one side",
             "text_es": "espacio despejado a un lado"},
            {**brand, "category": "tone", "text": "close and practical", "origin": "tone",
             "text_es": "tono cercano y práctico"},
            {**brand, "category": "warmth", "text": "warm atmosphere", "kept": False,
             "text_es": "atmósfera cálida", "dropped": "budget"},
            {**phrase, "category": "prop", "text": "a cup of coffee", "kept": False,
             "text_es": "una taza de café", "weight": 0.18, "dropped": "outweighed",
             "pictures": pieces[3:5]},
        ],
        "images": [
            {
                "k": k,
                "file": f"image-{k}.png",
                "sha256": sha,
                "width": 320,
                "height": 320,
                "seed": 70 + k,
                "candidate": k,
                "pixels_sha256": sha,
                "signed": not drawn,
                "composition": ("close_up", "centred", "wide", "detail")[k - 1],
                "prompt": prompt_of(FRAMINGS[k - 1]),
                "prompt_es": f"una tienda de barrio, una persona, encuadre {k}",
                "alt": {
                    "es": f"Tendera con delantal muestra un código QR, encuadre {k}",
                    "en": f"Shopkeeper with an apron shows a QR code, framing {k}",
                },
            }
            for k, sha in enumerate(shas, 1)
        ],
        "inspirations": [piece_of(node, objective, n, sha) for n, sha in enumerate(pieces)],
        "traits": [
            {"category": c, "label": i, "text": {"es": es, "en": en}, "effect": e,
             "low": e * 0.85, "high": e * 1.2, "pieces": p}
            for c, i, es, en, e, p in (
                ("people", "one", "Una persona en su negocio", "One person at work", 1.42, 84),
                ("prop", "phone", "Celular visible", "A phone in sight", 1.27, 61),
                ("light", "morning", "Luz de mañana", "Morning light", 1.11, 47),
                ("palette", "green", "Tonos verdes", "Green tones", 1.04, 30),
                ("people", "two", "Dos personas", "Two people", 0.98, 25),
                ("setting", "cafe", "Un café pequeño", "A small café", 0.90, 21),
                ("light", "golden", "Luz del atardecer", "Golden light", 1.09, 18),
                ("text_share", "high", "Mucho texto sobre la foto", "Much text", 0.82, 39),
            )
        ],
        "leaderboard": {"as_of": AS_OF.isoformat(), "pieces": 184, "kpi": "link_clicks per spend",
                        "rule_version": "gamma-poisson/1+objectives/1"},
        **(judged_drawn() if drawn else judged_generated()),
        "lineage": {"run_id": "generate_sets__2026-11-21", "warehouse_version": "20261121T050000Z",
                    "pauta_version": "0.1.0", "made_at": "2026-11-21T08:18:00+00:00"},
    }  # fmt: skip


def prompt_of(framing: str) -> str:
    """The prompt of one image."""
    return (
        f"A scene in a neighbourhood shop, one person, with a phone, morning light, {framing}, "
        "green palette"
    )


def judged_drawn() -> dict[str, Any]:
    """Four sketches without a flaw."""
    gate = [
        {"k": k, "image": k, "round": 1, "candidates": 4, "chosen": True, "barred": False,
         "scores": {"deviation": 31.3, "sharpness": 3.2}, "reasons": []}
        for k in range(1, 5)
    ]  # fmt: skip
    return {"gate": gate, "needs_review": False, "lint": []}


def judged_generated() -> dict[str, Any]:
    """Eight candidates: of the four taken one is like another; the rest are out, each its way."""
    reasons: dict[int, list[str]] = {
        2: ["like an image already chosen: 5 of 64 bits apart"],
        5: ["letters: 5.1% of the picture, 2% allowed"],
        6: ["disallowed: looks more like 'gun' than like the prompt"],
        7: ["not needed: the others are better or more different"],
        8: [f"a reason of tomorrow {HOSTILE}"],
    }
    gate = [
        {"k": k, "image": k if k < 5 else None, "round": 1 if k < 5 else 2, "candidates": 8,
         "chosen": k < 5, "barred": k == 6, "reasons": reasons.get(k, []),
         "scores": {"deviation": 52.4, "sharpness": 4.1, "alignment": 0.28, "distance": 5}}
        for k in range(1, 9)
    ]  # fmt: skip
    advice = {"es": "Las letras salen mal en la imagen.", "en": "Letters come out wrong."}
    lint = [
        {"kind": "text", "found": "letrero", "advice": advice},
        {"kind": "kind of tomorrow", "found": HOSTILE, "advice": advice},
    ]
    return {"gate": gate, "needs_review": True, "lint": lint}


def set_id_of(node: str, objective: str, night: date, run: str = "") -> str:
    """The id of a cell's set of one night; `run` begins its last part where a night has several."""
    digest = run + hashlib.sha256(f"{node}{objective}{night}".encode()).hexdigest()[: 8 - len(run)]
    return f"{node}-{objective}-{night.isoformat()}-{digest}"


def put_set(
    store: LocalStore, node: str, objective: str, night: date, *, kind: str = "drawn", run: str = ""
) -> str:
    """Four images and then the manifest; gives the set's id."""
    set_id = set_id_of(node, objective, night, run)
    shas = []
    for k in range(1, 5):
        data = picture(f"{node}{objective}{night.day % 3}{k}", COLOURS[node])
        store.write(f"sets/{set_id}/image-{k}.png", data)
        shas.append(hashlib.sha256(data).hexdigest())
    pieces = [put_creative(store, f"{node}{n}", COLOURS[node]) for n in range(6)]
    manifest = manifest_of(node, objective, night, shas, pieces, kind=kind) | {"set_id": set_id}
    store.write(f"sets/{set_id}/manifest.json", json.dumps(manifest).encode())
    cost = {"device": manifest["made_with"]["device"], "candidates": 8, "seconds": 12.345}
    store.write(f"timings/sets/{set_id}.json", json.dumps(cost).encode())
    return set_id


def put_leaderboards(store: LocalStore) -> None:
    """The six inspiring pieces of each cell, ranked."""
    rows = []
    for node in NODES:
        for objective in OBJECTIVES:
            for n in range(6):
                sha = put_creative(store, f"{node}{n}", COLOURS[node])
                piece = piece_of(node, objective, n, sha)
                rows.append(
                    {
                        **{k: piece[k] for k in piece if k in LEADERBOARD.names},
                        **behind(objective, n),
                        "as_of": AS_OF,
                        "node": node,
                        "objective": objective,
                        "evidence": piece["expected"],
                        "ads": 1,
                        "platforms": [piece["ads"][0]["platform"]],
                        "spend": [
                            {"currency": s["currency"], "amount": Decimal(s["amount"])}
                            for s in piece["spend"]
                        ],
                        "first_date": date.fromisoformat(piece["first_date"]),
                        "last_date": date.fromisoformat(piece["last_date"]),
                        "campaign_id": "c1",
                        "chosen": True,
                        "reason_es": piece["reason"]["es"],
                        "reason_en": piece["reason"]["en"],
                        "rule_version": "gamma-poisson/1+objectives/1",
                    }
                )
    write_table(store, ranked_key(AS_OF, "leaderboard"), pa.Table.from_pylist(rows, LEADERBOARD))
    put_traits(store, AS_OF, manifest_of(*BUSY_CELL, TODAY, [], [], kind="drawn")["traits"])
    put_promises(store, AS_OF)


def put_world(store: LocalStore) -> None:
    """Sets for every cell but one, the reason for that one, and the leaderboards."""
    records = []
    for node in NODES:
        for objective in OBJECTIVES:
            cell = (node, objective)
            if cell == EMPTY_CELL:
                records.append(
                    {"node": node, "objective": objective, "set_id": None,
                     "reason_es": "Solo 3 piezas con datos suficientes; hacen falta 6.",
                     "reason_en": "Only 3 pieces with enough data; 6 are needed."}
                )  # fmt: skip
                continue
            age = AGES.get(cell, 0)
            set_id = put_set(store, node, objective, TODAY - timedelta(days=age))
            if cell == BUSY_CELL:
                put_set(store, node, objective, TODAY - timedelta(days=1), kind="generated")
                put_set(store, node, objective, TODAY - timedelta(days=2))
            if not age:
                records.append({"node": node, "objective": objective, "set_id": set_id})
    store.write(f"sets/cells/{TODAY}.json", json.dumps(records).encode())
    put_leaderboards(store)


def put_rows(store: LocalStore) -> None:
    """Lake partitions of one Meta account: the ads of wompi traffic, three days each."""
    account = {"platform": "meta", "account_id": "1010000000000001"}
    ads = [ad_of(*BUSY_CELL, n) for n in (0, 2, 5)]
    stamp = {"run_id": "r1", "fetched_at": NOW, "raw_sha256": "0" * 64}
    tables: dict[str, list[dict[str, Any]]] = {
        "accounts": [{**account, "name": "Marca Colombia", "currency": "COP",
                      "timezone": "America/Bogota", "status": "ACTIVE"}],
        "campaigns": [{**account, "campaign_id": "c1", "name": "WMP | traffic | 2026-10 | QR",
                       "status": "ACTIVE", "objective": "traffic", "objective_raw": "TRAFFIC",
                       "created_at": NOW}],
        "ad_sets": [{**account, "ad_set_id": "s1", "campaign_id": "c1", "name": "s",
                     "status": "ACTIVE", "created_at": NOW}],
        "ads": [{**account, "ad_id": ad["ad_id"], "ad_set_id": "s1", "campaign_id": "c1",
                 "creative_id": f"k{n}", "name": ad["name"], "status": "ACTIVE",
                 "created_at": NOW} for n, ad in enumerate(ads)],
        "creatives": [{**account, "creative_id": f"k{n}", "name": "k", "headline": "h",
                       "body": "b", "call_to_action": "LEARN_MORE", "link_url": "https://x.co",
                       "format": "image"} for n in range(3)],
        "creative_images": [{**account, "creative_id": f"k{n}", "position": 0, "role": "image",
                             "source_ref": "r", "picture": put_creative(
                                 store, f"wompi{i}", COLOURS["wompi"]),
                             "mime": "image/png", "width": 300, "height": 300, "bytes": 9,
                             "status": "stored", "reason": None,
                             "is_thumbnail": False}
                            for n, i in enumerate((0, 2, 5))],
        "ad_daily": [{**account, **stamp, "report_date": AS_OF - timedelta(days=back),
                      "timezone": "America/Bogota", "currency": "COP", "campaign_id": "c1",
                      "ad_set_id": "s1", "ad_id": ad["ad_id"], "impressions": 1_000 + back,
                      "reach": 900, "clicks": 40, "link_clicks": 30, "engagements": 50,
                      "video_views": None, "spend": Decimal("125000.000000"), "conversions": 2.0,
                      "leads": None, "purchases": 2.0, "revenue": None,
                      "attribution_setting": "7d_click", "is_final": False}
                     for ad in ads for back in range(3)],
        # Three ads spent 375,000 each day; Meta tells 5,000 more for the newest.
        "totals_daily": [{**account, "level": "campaign", "level_id": "c1",
                          "report_date": AS_OF - timedelta(days=back), "currency": "COP",
                          "impressions": 3 * (1_000 + back), "clicks": 120,
                          "spend": Decimal(375_000 if back else 380_000)}
                         for back in range(3)],
    }  # fmt: skip
    for name, rows in tables.items():
        data = pa.Table.from_pylist(rows, TABLES[name].schema)
        write_partition(store, Partition(name, AS_OF, "meta", "1010000000000001"), data)
    put_earlier_reading(store, AS_OF)
    put_set_aside(store)
    put_descriptions(
        store, [put_creative(store, f"wompi{n}", COLOURS["wompi"]) for n in range(6)], HOSTILE
    )
    put_documents(store, AS_OF)


def put_set_aside(store: LocalStore) -> None:
    """The run that read these rows set one aside: an ad with negative spend and a hostile name."""
    row = {"ad_id": "01099", "name": HOSTILE, "spend": "-3.500000"}
    fault = {
        "table_name": "ad_daily",
        "platform": "meta",
        "account_id": "1010000000000001",
        "as_of": AS_OF,
        "run_id": "scheduled__2026-11-21T12:00:00+00:00",
        "rule": "negative",
        "reason": "spend is -3.500000, 0 or more allowed",
        "row": json.dumps(row),
    }
    place = f"run=r1/day={AS_OF}/platform=meta/account=1010000000000001"
    write_table(
        store,
        f"quarantine/ad_daily/{place}/part-0.parquet",
        pa.Table.from_pylist([fault], QUARANTINE),
    )
    put_notes(store, AS_OF, "r1")

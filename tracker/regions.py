"""In which region of the world is a country? The subregions of the United Nations' standard M49, so that whole regions
can be chosen at once.

Antarctica is in none of them, and M49 has no Taiwan and no Kosovo: these stand with their neighbours.
"""

from __future__ import annotations

# M49 code of a subregion (CLDR has its name in every language): ISO 3166-1 alpha-2 codes.
REGIONS: dict[str, tuple[str, ...]] = {
    code: tuple(countries.split())
    for code, countries in {
        "015": "DZ EG EH LY MA SD TN",  # Northern Africa
        "014": "BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW",  # Eastern Africa
        "017": "AO CD CF CG CM GA GQ ST TD",  # Middle Africa
        "018": "BW LS NA SZ ZA",  # Southern Africa
        "011": "BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG",  # Western Africa
        "029": "AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI",  # Caribbean
        "013": "BZ CR GT HN MX NI PA SV",  # Central America
        "005": "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE",  # South America
        "021": "BM CA GL PM US",  # Northern America
        "143": "KG KZ TJ TM UZ",  # Central Asia
        "030": "CN HK JP KP KR MN MO TW",  # Eastern Asia
        "035": "BN ID KH LA MM MY PH SG TH TL VN",  # South-eastern Asia
        "034": "AF BD BT IN IR LK MV NP PK",  # Southern Asia
        "145": "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",  # Western Asia
        "151": "BG BY CZ HU MD PL RO RU SK UA",  # Eastern Europe
        "154": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",  # Northern Europe
        "039": "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK",  # Southern Europe
        "155": "AT BE CH DE FR LI LU MC NL",  # Western Europe
        "053": "AU CC CX HM NF NZ",  # Australia and New Zealand
        "054": "FJ NC PG SB VU",  # Melanesia
        "057": "FM GU KI MH MP NR PW UM",  # Micronesia
        "061": "AS CK NU PF PN TK TO TV WF WS",  # Polynesia
    }.items()
}

"""Whom the demo's page of help names: invented lines, with numbers and addresses that belong to nobody."""

from __future__ import annotations

from tracker.model import HelpContact

# 555-01xx and .example are reserved for what is made up.
SAMPLE_CONTACTS = (
    HelpContact(
        country="CA",
        subdivision="CA-QC",
        names={
            "en": "Sample line for women",
            "fr": "Ligne exemple pour les femmes",
            "es": "Línea ejemplo para mujeres",
        },
        phone="+1 555 0100",
        text_number="+1 555 0101",
        url="https://line.sample.example/",
        hours="24/7",
        languages=("fr", "en"),
        issues=("domestic_violence",),
        targets=("women",),
        source="https://line.sample.example/contact",
        sample=True,
    ),
    HelpContact(
        country="FR",
        names={
            "en": "Sample office against hate",
            "fr": "Bureau exemple contre la haine",
            "es": "Oficina ejemplo contra el odio",
        },
        phone="+33 555 0102",
        hours="9:00–17:00",
        languages=("fr",),
        issues=("hate_crime",),
        source="https://office.sample.example/contact",
        sample=True,
    ),
    HelpContact(
        names={
            "en": "Sample directory of services",
            "fr": "Répertoire exemple de services",
            "es": "Directorio ejemplo de servicios",
        },
        url="https://directory.sample.example/",
        issues=("victim_services",),
        source="https://directory.sample.example/about",
        sample=True,
    ),
)

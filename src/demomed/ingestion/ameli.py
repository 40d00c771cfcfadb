"""Exports of data.ameli.fr: aggregates hidden among the members told apart, « NS » kept unknown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from demomed.core.catalogue import entry
from demomed.core.faults import Report
from demomed.ingestion.bulk import read_published
from demomed.ingestion.container import SHOWN_FAULTS
from demomed.ingestion.demography import published_labels
from demomed.ingestion.headcounts import FRANCE, band, finished, sex_of, tell_unread
from demomed.ingestion.headers import numbers

FIELD = "libéral"


def read_ameli(
    path: Path,
    *,
    departments: Sequence[str] = (),
    years: Sequence[int] = (),
    value: str = "effectif",
    source_id: str = "cnam_professionals",
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Figures of an export of data.ameli.fr by area, profession, age and sex.

    Regional and national lines (``departement`` 999) become their own level, so that no sum meets
    them; « Tout âge » and « tout sexe » are the member ``all``. Source: Cnam, data.ameli.fr.

    Parameters
    ----------
    path
        CSV export, whatever its separator.
    departments, years
        What to keep (regions and France always are); everything by default.
    value
        Column to read: ``effectif``, or a mean per practitioner such as
        ``nombre_patients_medecin_traitant``, which must never be summed.
    source_id
        Written on every row.

    Returns
    -------
    tuple
        Contract :data:`demomed.ingestion.headcounts.HEADCOUNTS` (``count`` holds the value read)
        and notices. « NS » (fewer than five professionals) is missing.

    Raises
    ------
    InputError
        For a label that is not understood, or two values for the same case.
    """
    report = Report(path.name)
    layout = entry("layouts", "headcounts")["ameli"]
    everywhere = layout["all_departments"]

    def wanted(block: pa.Table) -> pa.Table:
        if not departments:
            return block
        kept = pa.array([*departments, everywhere])
        return block.filter(
            pc.is_in(pc.utf8_trim_whitespace(block["departement"].cast(pa.string())), kept)
        )

    rows = read_published(
        path, layout["columns"] | {"value": value}, report, optional=layout["optional"], keep=wanted
    )
    for column, whole in (("age", "Tout âge"), ("sex", "tout sexe")):
        if column not in rows:
            rows[column] = pd.Series(whole, index=rows.index, dtype="str")
    rows["year"] = pd.to_numeric(rows["year"].str[:4], errors="coerce")
    for row in rows.index[rows["year"].isna()][:SHOWN_FAULTS]:
        report.fault(
            "année illisible", "une année", "reprendre l'export", row=int(row), column="annee"
        )
    report.raise_if_faulty()
    if years:
        rows = rows[rows["year"].isin(list(years))]
    if rows.empty:
        report.fault(
            "aucune ligne pour ces départements ou ces années",
            "au moins une ligne",
            "vérifier la demande et l'export",
        )
        report.raise_if_faulty()
    count = numbers(rows["value"], report, missing=layout["missing"], column=value)
    masked = int(count.isna().sum())
    if masked:
        report.notice(f"valeurs non significatives (NS) ou vides, laissées inconnues : {masked}")
    total = rows["departement"] == everywhere
    national = total & rows["region"].isin(layout["france"])
    level = (
        pd.Series("departement", index=rows.index).mask(total, "region").mask(national, "france")
    )
    table = rows.assign(
        area_level=level,
        area_code=rows["departement"].mask(total, rows["region"]).mask(national, FRANCE),
        profession_label=rows["profession"],
        service=rows["profession"].map(published_labels("ameli")).astype("str"),
        field=FIELD,
        year=rows["year"].astype("int64"),
        age_band=rows["age"].map(band, na_action="ignore"),
        sex_read=rows["sex"].map(sex_of, na_action="ignore"),
        count=count,
        source_id=source_id,
    )
    tell_unread(table, "age", "age_band", "une tranche d'âge", report)
    tell_unread(table, "sex", "sex_read", "tout sexe, hommes ou femmes", report)
    report.raise_if_faulty()
    table = table.drop(columns="sex").rename(columns={"sex_read": "sex"})
    return finished(table, report), tuple(report.notices)

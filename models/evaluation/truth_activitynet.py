"""Truth as ActivityNet has it: `{"database": {ID: {"annotations": [{"segment": [0.5, 4.0],
"label": "collapse"}]}}}`, times in seconds.

A video is the file named ID, whatever its ending, below the clips' folder. One without annotations
shows nothing, unless its `subset` is `testing`, whose truth is kept back: that is left out.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from models.evaluation.truth_rows import Row, Sheet


class _Annotation(BaseModel):
    model_config = ConfigDict(extra="allow", allow_inf_nan=False)
    segment: tuple[float, float]
    label: str


class _Video(BaseModel):
    model_config = ConfigDict(extra="allow")
    annotations: list[_Annotation]
    subset: str = ""


class _Truth(BaseModel):
    database: dict[str, _Video]


def read(sheet: Sheet) -> list[Row]:
    """All rows; faults are noted in the sheet."""
    try:
        truth = _Truth.model_validate_json(sheet.text)
    except ValidationError as error:
        sheet.unlike("ActivityNet", error)
        return []
    rows: list[Row] = []
    for name, video in truth.database.items():
        if not video.annotations and video.subset == "testing":
            continue
        begun = sheet.entry(len(rows), f"database.{name}")
        clip = sheet.clip(begun, name, f"v_{name}")
        if clip is None:
            continue
        shared = _plain(video)
        if not video.annotations:
            rows.append(Row(begun, clip, "none", columns=shared))
        for number, one in enumerate(video.annotations):
            where = sheet.entry(len(rows), f"database.{name}.annotations[{number}]")
            rows.append(Row(where, clip, one.label, one.segment, {**shared, **_plain(one)}))
    return rows


def _plain(one: BaseModel) -> dict[str, str]:
    """What else is said of it, as columns: words and numbers only."""
    said = one.model_dump(exclude={"segment", "label", "annotations"}, exclude_defaults=True)
    return {key: str(value) for key, value in said.items() if isinstance(value, str | float | int)}

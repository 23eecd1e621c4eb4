"""Which network looks, and what runs it, as the site file says."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from alerts.settings.terms import SitePath, Strict, wrong

Runtime = Literal["onnx", "openvino", "scripted"]


class ModelChoice(Strict):
    """Which network looks. After reading, exactly one of `name` and `path` is set."""

    name: str | None = Field(
        default="first",
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        max_length=64,
        description="A model shipped with floorwatch.",
        json_schema_extra={"allowed": "the name of a shipped model, in small letters"},
    )
    path: SitePath | None = Field(
        default=None, description="A folder with model.onnx and card.json, instead of a name."
    )
    backend: Literal["auto", "tensorrt"] | Runtime = Field(
        default="auto",
        description="What runs the network; auto: the processor's fastest; scripted is for tests.",
    )
    threads: int = Field(
        default=0, ge=0, le=256, description="CPU threads of the network; 0 is all cores."
    )
    precision: Literal["auto", "fp32", "fp16", "int8"] = Field(
        default="auto",
        description="Of the TensorRT engine; auto is fp16 where the model's card has it.",
    )
    engines: SitePath | None = Field(
        default=None, description="Folder of TensorRT engines; null is in the state folder."
    )

    @property
    def on_processor(self) -> Literal["auto"] | Runtime:
        """What runs it on the processor: with TensorRT, until its engine is ready."""
        return "auto" if self.backend == "tensorrt" else self.backend

    @property
    def repeatable(self) -> Runtime:
        """What runs it in replay and evaluate. They promise the same bytes in every run, and what
        is the fastest may be another next time, and so may an engine that is built anew: with
        `auto` and TensorRT it is ONNX Runtime, which is always there."""
        return "onnx" if self.on_processor == "auto" else self.on_processor

    @model_validator(mode="before")
    @classmethod
    def _path_replaces_the_default_name(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("path") is not None:
            return {"name": None, **given}
        return given

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.name is None) == (self.path is None):
            raise wrong("give exactly one of `name:` and `path:`")
        return self

"""Things that lie or stand where liquid might be: cushions, bags, table tops, patched tiles; and
lamps mirrored by a dry floor. Painters as in `liquid`."""

from __future__ import annotations

import cv2
import numpy as np

from models.synth import mirror, texture
from models.synth.blotch import wobble
from models.synth.liquid import Image, Painter, lightness
from models.synth.mirror import Ground


def cushion(ground: Ground, rng: np.random.Generator) -> Image:
    """A pillow, coat or folded blanket: round over its edges, creased, its near side in shade."""
    base = texture.colour(rng, (0.0, 0.6), (0.1, 1.0) if rng.random() < 0.5 else (0.75, 1.0))
    top, near = _raised(ground, rng.uniform(0.03, 0.25))
    size = max(4.0, 0.25 * (ground.box[3] - ground.box[1]))
    swell = np.clip(top / size, 0, 1) ** 0.5
    u, v = ground.around()
    crease = 0.10 * wobble(rng, u, v, 1.2) + 0.06 * wobble(rng, u, v, 3.5)
    light = 0.6 + 0.4 * swell + crease * rng.uniform(0.3, 1.5)
    light = np.where(near, light * rng.uniform(0.35, 0.8), light)
    cloth = _printed(ground, texture.cloth(rng, base).astype(np.float32) / 255.0, rng)
    return np.asarray(cloth * (light * lightness(ground))[..., None], np.float32)


def bag(ground: Ground, rng: np.random.Generator) -> Image:
    """A plastic bag or sheet: crumpled, pale or black, with small hard lights and no mirror."""
    tone = np.asarray(texture.colour(rng, (0, 0.3), (0.05, 1.0)), np.float32)
    u, v = ground.around()
    folds = wobble(rng, u, v, 2.0) + 0.6 * wobble(rng, u, v, 5.0)
    ridge = np.exp(-((folds / 0.25) ** 2))
    light = np.clip(0.75 + rng.uniform(0.15, 0.35) * folds, 0.1, 1.4)
    body = rng.uniform(0.75, 1.0)
    mixed = body * tone * light[..., None] + (1 - body) * ground.rgb
    shine = (rng.uniform(0.1, 0.6) * ridge * (wobble(rng, u, v, 1.5) > 0.3))[..., None]
    return np.asarray(mixed * lightness(ground)[..., None] + shine, np.float32)


def table(ground: Ground, rng: np.random.Generator) -> Image:
    """A table or stool seen from above its top: even, pale or dark, with an edge; some mirror."""
    tone = np.asarray(texture.colour(rng, (0.0, 0.4), (0.05, 1.0)), np.float32)
    top, near = _raised(ground, rng.uniform(0.04, 0.3))
    u, v = ground.around()
    even = 1 + rng.uniform(0, 0.15) * u + 0.02 * wobble(rng, u, v, 2.0)
    edge = np.where(near, rng.uniform(0.2, 0.9), 1.0)
    body = tone * (even * edge * lightness(ground))[..., None]
    share = mirror.mirrored_share(ground, rng.choice([0.0, rng.uniform(0.3, 3.0)]))
    still = np.zeros(ground.floor.shape, np.float32)
    image = mirror.reflected(ground.rgb, ground.floor, still)
    soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(1.0, 6.0))
    share = (share * ~near * np.clip(top / 2, 0, 1))[..., None]
    return np.asarray(body * (1 - share) + share * soft, np.float32)


def patch(ground: Ground, rng: np.random.Generator) -> Image:
    """A piece of floor laid anew: the same tiles, brighter or darker, with a joint."""
    height, width = ground.floor.shape
    move = np.array(
        [[1, 0, rng.uniform(-0.15, 0.15) * width], [0, 1, rng.uniform(-0.04, 0.04) * height]],
        np.float32,
    )
    other = cv2.warpAffine(ground.rgb, move, (width, height), borderMode=cv2.BORDER_REFLECT)
    gain = rng.uniform(0.65, 1.3) * (1 + rng.normal(0, 0.04, 3))
    joint = (np.abs(ground.inside - 1.0) < 1.0)[..., None] * rng.uniform(0, 0.4)
    return np.asarray(np.clip(other * gain * (1 - joint), 0, 1), np.float32)


def glare(ground: Ground, rng: np.random.Generator) -> Image:
    """A lamp or window mirrored by the dry floor: smeared towards the camera, without an edge."""
    u, v = ground.around()
    sideways = (rng.uniform(0, 1.5) * wobble(rng, u, v, 3.0)).astype(np.float32)
    lit = mirror.lamps(ground, sideways, rng)
    blur = float(np.exp(rng.uniform(np.log(0.6), np.log(9.0))))
    glow = cv2.GaussianBlur(lit, (0, 0), sigmaX=blur, sigmaY=blur * rng.uniform(1, 4))
    fade = np.clip(ground.inside / 10, 0, 1)[..., None].astype(np.float32)
    out = ground.rgb + rng.uniform(0.3, 1.2) * fade * glow * np.clip(1.1 - ground.rgb, 0, 1)
    return np.asarray(np.clip(out, 0, 1), np.float32)


def polish(ground: Ground, rng: np.random.Generator) -> Image:
    """A polished dry floor: the room dim and blurred in all of it, with its lamps."""
    u, v = ground.around()
    sideways = (rng.uniform(0, 1.0) * wobble(rng, u, v, 3.0)).astype(np.float32)
    image = mirror.reflected(ground.rgb, ground.floor, sideways)
    lit = mirror.lamps(ground, sideways, rng)
    blur = float(np.exp(rng.uniform(np.log(0.8), np.log(8.0))))
    tall = blur * rng.uniform(1, 3)
    soft = cv2.GaussianBlur(image, (0, 0), sigmaX=blur, sigmaY=tall)
    glow = cv2.GaussianBlur(lit, (0, 0), sigmaX=blur, sigmaY=tall)
    share = mirror.mirrored_share(ground, rng.uniform(0.5, 4.0))[..., None] * np.float32(0.8)
    out = ground.rgb * (1 - share) + share * soft
    out = out + rng.uniform(0.1, 0.9) * glow * np.clip(1.1 - out, 0, 1)
    return np.asarray(np.clip(out, 0, 1), np.float32)


PAINTERS: dict[str, Painter] = {
    "cushion": cushion, "bag": bag, "table": table, "patch": patch, "glare": glare,
    "polish": polish,
}  # fmt: skip


def _raised(ground: Ground, high: float) -> tuple[Image, mirror.Mask]:
    """The upper face as pixels inside its edge, and the near side that shows below it; `high` is
    that side's share of the thing's height in the picture."""
    lift = max(1.0, high * (ground.box[3] - ground.box[1]))
    move = np.array([[1, 0, 0], [0, 1, -lift]], np.float32)
    height, width = ground.floor.shape
    top = cv2.warpAffine(ground.inside, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    top = np.minimum(top, ground.inside)
    return np.asarray(top, np.float32), np.asarray((top < 0) & (ground.inside > 0), np.bool_)


def _printed(ground: Ground, cloth: Image, rng: np.random.Generator) -> Image:
    """A tiling texture laid over the shape."""
    u, v = ground.around()
    scale = texture.SIDE * rng.uniform(0.15, 0.6)
    drawn = cv2.remap(
        cloth, (u * scale).astype(np.float32), (v * scale).astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )  # fmt: skip
    return np.asarray(drawn, np.float32)

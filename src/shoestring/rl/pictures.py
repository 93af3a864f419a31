"""Episodes as pictures: frames and GIFs by Pillow, and lines of text for a terminal."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from shoestring.rl.drawings import drawing_of
from shoestring.rl.drawings.shapes import Drawing, Shape
from shoestring.rl.episodes import Episode

PALETTE = {
    "text": "#1d2126", "muted": "#595f68", "line": "#ded9cd", "line-strong": "#8b8678", "surface": "#fffefb",
    "sunken": "#f1eee6", "accent": "#0a5a8a", "good": "#00694c", "bad": "#a83a00", "unsure": "#6f5300",
}  # fmt: skip
PAPER = "#f8f6f1"
MAX_FRAMES = 400
"""Of a GIF; a longer episode is shown with steps left out."""
OVERSAMPLE = 2
BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of the dots of U+2800, by row and column."""


def paint(drawing: Drawing, shapes: tuple[Shape, ...], width: int, *, caption: str = "") -> Image.Image:
    """One frame, ``width`` pixels wide, with a line of text below it if there is one: an RGB picture."""
    scale = width * OVERSAMPLE / drawing.width
    foot = round(14 * scale * drawing.width / 320) if caption else 0
    height = round(drawing.height * scale)
    image = Image.new("RGB", (width * OVERSAMPLE, height + foot), PAPER)
    draw = ImageDraw.Draw(image)
    for shape in shapes:
        points = [(scale * x, scale * y) for x, y in zip(shape.numbers[::2], shape.numbers[1::2], strict=True)]
        colour = PALETTE[shape.tone]
        match shape.kind:
            case "line":
                draw.line(points, colour, max(1, round(shape.size * scale)), joint="curve")
            case "polygon":
                draw.polygon(points, colour)
            case "disc":
                draw.circle(points[0], shape.size * scale, colour)
            case "text" if shape.text:
                draw.text(points[0], shape.text, colour, ImageFont.load_default(shape.size * scale), "mm")
    if caption:
        draw.text((foot / 2, height + foot / 2), caption, PALETTE["muted"], ImageFont.load_default(0.7 * foot), "lm")
    return image.resize((width, round((height + foot) / OVERSAMPLE)), Image.Resampling.LANCZOS)


def frames_of(episode: Episode, drawing: Drawing | None = None) -> tuple[Drawing, list[tuple[Shape, ...]]]:
    """The drawing of an episode and the moving shapes of each of its T steps and of its end: T + 1 frames."""
    seen = np.concatenate([episode.observation, episode.final[None]])
    found = drawing or drawing_of(episode.environment, episode.settings, seen)
    actions = [*episode.action, None]
    return found, [found.frame(row, action) for row, action in zip(seen, actions, strict=True)]


def gif(episode: Episode, width: int = 320) -> bytes:
    """The episode as an animated GIF; at most 400 frames, so of long ones some steps are left out."""
    drawing, frames = frames_of(episode)
    stride = -(-len(frames) // MAX_FRAMES)
    kept = sorted({*range(0, len(frames), stride), len(frames) - 1})
    earned = np.concatenate([[0.0], episode.reward.cumsum()])
    images = [
        paint(drawing, (*drawing.backdrop, *frames[t]), width, caption=f"step {t}   return {earned[t]:.4g}")
        .quantize(32, dither=Image.Dither.NONE)
        for t in kept
    ]  # fmt: skip
    # Browsers take what is below 20 ms for 100 ms.
    pause = max(20, round(1000 * drawing.seconds * stride))
    stream = io.BytesIO()
    images[0].save(
        stream, "GIF", save_all=True, append_images=images[1:], duration=[*[pause] * (len(images) - 1), 1500], loop=0
    )
    return stream.getvalue()


def text_frame(drawing: Drawing, episode: Episode, t: int, columns: int = 60) -> str:
    """Frame t (T is the end) for a terminal: a grid as letters with @ where the agent is, a board as
    letters, anything else in Braille."""
    seen = episode.observation[t] if t < len(episode) else episode.final
    if drawing.tiles:
        return text_grid(drawing, int(seen[0]))
    if drawing.text:
        return drawing.text(seen)
    action = episode.action[t] if t < len(episode) else None
    image = paint(drawing, (*drawing.backdrop, *drawing.frame(seen, action)), 2 * columns)
    return braille(np.asarray(image.convert("L")) < 190)


def text_grid(drawing: Drawing, state: int) -> str:
    """A grid as letters, @ where the agent is."""
    width = len(drawing.tiles[0])
    place = drawing.cell[state]
    tiles = "".join(drawing.tiles)
    letters = ["@" if cell == place else "." if tile == "F" else tile for cell, tile in enumerate(tiles)]
    return "\n".join(" ".join(letters[row : row + width]) for row in range(0, len(letters), width))


def braille(dots: np.ndarray) -> str:
    """Boolean pixels [H, W] as Braille characters, eight pixels each."""
    rows, columns = -(-dots.shape[0] // 4), -(-dots.shape[1] // 2)
    padded = np.zeros((4 * rows, 2 * columns), dtype=bool)
    padded[: dots.shape[0], : dots.shape[1]] = dots
    bits = (padded.reshape(rows, 4, columns, 2) * np.array(BRAILLE)[None, :, None, :]).sum(axis=(1, 3))
    return "\n".join("".join(chr(0x2800 + int(cell)) for cell in row).rstrip("\u2800") for row in bits)

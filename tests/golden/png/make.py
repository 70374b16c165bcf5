# SPDX-License-Identifier: MIT
"""usage: make.py > pictures.tsv

PNG pictures of every kind and the values that Pillow gives for them: name, options of nn-convert that are needed, C H W, the
values, the picture in hexadecimal. Needs Pillow and numpy. What Pillow reads but does not
write (interlaced, grey of 2 and 4 bits) is encoded here."""
import io, itertools, struct, zlib
import numpy as np
from PIL import Image, __version__

rng = np.random.default_rng(7)


def row(name, data, options=""):
    image = Image.open(io.BytesIO(data))
    scale = "depth=8" in options
    if "color=" in options:
        values = np.asarray(image.convert("L" if "gray" in options else "RGB"))
    elif image.mode.startswith("I"):
        values = np.asarray(image).astype(np.int64)
        values = (values * 255 + 32767) // 65535 if scale else values
    elif image.mode in ("P", "PA", "RGBA", "LA") or "transparency" in image.info:
        wants_alpha = "background" in options and "none" not in options
        grey = image.mode in ("L", "LA", "1")
        if wants_alpha:
            colour = tuple(int(v) for v in options.split("background=")[1].split(","))
            colour = colour * 3 if len(colour) == 1 else colour
            image = image.convert("RGBA")
            below = Image.new("RGB", image.size, colour)
            below.paste(image.convert("RGB"), mask=image.getchannel("A"))
            image = below.convert("RGB")
            values = np.asarray(image)
            values = values[..., 0] if grey else values
        else:
            values = np.asarray(image.convert("L" if grey else "RGB"))
    else:
        values = np.asarray(image.convert("L") if image.mode == "1" else image)
    values = values[None] if values.ndim == 2 else values.transpose(2, 0, 1)
    print(name, options or "-", *values.shape, " ".join(map(str, values.ravel())), data.hex(), sep="\t")


def png(image, **options):
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def encode(values, bits, interlaced=False):
    """Grey {H,W} or RGB {H,W,3} of 1 to 16 bits."""
    channels = 1 if values.ndim == 2 else 3
    def packed(part):
        lines = b""
        for line in part.reshape(part.shape[0], -1):
            text = "".join(format(int(v), f"0{bits}b") for v in line)
            text += "0" * (-len(text) % 8)
            lines += b"\0" + int(text, 2).to_bytes(len(text) // 8, "big")
        return lines
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)] if interlaced else [(0, 0, 1, 1)]
    parts = [values[y::dy, x::dx] for y, x, dy, dx in passes]
    body = b"".join(packed(part) for part in parts if part.shape[0] and part.shape[1])
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">2I5B", values.shape[1], values.shape[0], bits, 0 if channels == 1 else 2, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


print("# Pillow " + __version__)
grey = rng.integers(0, 256, (5, 7), dtype=np.uint8)
colour = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
alpha = rng.integers(0, 256, (5, 7), dtype=np.uint8)
row("grey", png(Image.fromarray(grey)))
row("rgb", png(Image.fromarray(colour)))
row("bilevel", png(Image.fromarray(grey > 99)))
for bits in (1, 2, 4):
    few = Image.fromarray((grey % 2**bits).astype(np.uint8), "P")
    few.putpalette(list(itertools.chain.from_iterable(rng.integers(0, 256, (2**bits, 3)).tolist())))
    row(f"palette of {bits} bits", png(few, bits=bits))
    row(f"grey of {bits} bits", encode(grey % 2**bits, bits))
palette = Image.fromarray(colour).quantize(32)
row("palette", png(palette))
row("palette, one colour transparent, stored colours", png(palette, transparency=3), "background=none")
row("palette, one colour transparent, on white", png(palette, transparency=3), "background=255")
row("palette with alpha, on a colour", png(palette, transparency=bytes(range(0, 256, 8))), "background=10,200,60")
row("rgba, full", png(Image.fromarray(np.dstack([colour, np.full_like(grey, 255)]))))
row("rgba, stored colours", png(Image.fromarray(np.dstack([colour, alpha]))), "background=none")
row("rgba, on white", png(Image.fromarray(np.dstack([colour, alpha]))), "background=255,255,255")
row("rgba, on a colour", png(Image.fromarray(np.dstack([colour, alpha]))), "background=1,128,250")
row("grey with alpha, full", png(Image.fromarray(np.dstack([grey, np.full_like(grey, 255)]), "LA")))
row("grey with alpha, on grey", png(Image.fromarray(np.dstack([grey, alpha]), "LA")), "background=77")
row("grey, one value transparent", png(Image.fromarray(grey), transparency=int(grey[2, 3])), "background=none")
row("rgb, one colour transparent, on black", png(Image.fromarray(colour), transparency=tuple(map(int, colour[1, 1]))), "background=0")
row("16 bits, small values", png(Image.fromarray(grey.astype(np.uint16))))
row("16 bits, scaled", png(Image.fromarray(rng.integers(0, 65536, (5, 7)).astype(np.uint16))), "depth=8")
for bits in (1, 2, 4, 8):
    row(f"interlaced grey of {bits} bits", encode(grey.astype(int) % 2**bits, bits, True))
row("interlaced rgb", encode(colour, 8, True))
row("interlaced 16 bits", encode(grey.astype(np.uint16), 16, True))
many = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
row("rgb made gray", png(Image.fromarray(many)), "color=gray")
row("palette made gray", png(palette), "color=gray")
row("gray made gray", png(Image.fromarray(grey)), "color=gray")
row("gray made rgb", png(Image.fromarray(grey)), "color=rgb")
row("rgb made rgb", png(Image.fromarray(colour)), "color=rgb")

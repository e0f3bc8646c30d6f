"""Detection of file formats by their first bytes, and advice for unsupported ones."""

from PIL import Image

# Number of bytes that identify a format.
HEAD = 512

# First bytes and Pillow's name of supported formats.
_READ = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"P1", "PPM"),
    (b"P2", "PPM"),
    (b"P3", "PPM"),
    (b"P4", "PPM"),
    (b"P5", "PPM"),
    (b"P6", "PPM"),
    (b"Pf", "PPM"),
)

_CONVERT = "convert it to PNG or JPEG"
_PAGE = "it may be a page that was saved in place of the picture; download it again"
_ARRAY = "read it with {} and pass an array"
# First bytes, name and advice for unsupported formats.
_OTHERS = (
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL", _CONVERT),
    (b"\xff\n", "JPEG XL", _CONVERT),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000", _CONVERT),
    (b"\xff\x4f\xff\x51", "JPEG 2000", _CONVERT),
    (b"8BPS", "Photoshop", _CONVERT),
    (b"%!PS", "PostScript", _CONVERT),
    (b"%PDF", "PDF", _CONVERT),
    (b"\0\0\1\0", "ICO", _CONVERT),
    (b"qoif", "QOI", _CONVERT),
    (b"DDS ", "DDS", _CONVERT),
    (b"v/1\1", "OpenEXR", _ARRAY.format("OpenEXR or imageio")),
    (b"\x93NUMPY", "NumPy", _ARRAY.format("numpy.load")),
    (b"\x89HDF\r\n\x1a\n", "HDF5", _ARRAY.format("h5py")),
    (b"SIMPLE  =", "FITS", _ARRAY.format("astropy")),
    (b"MATLAB 5", "MATLAB", _ARRAY.format("scipy.io.loadmat")),
    (b"PK\3\4", "a ZIP archive", "unpack it"),
    (b"\x1f\x8b", "gzip", "unpack it"),
    (b"version https://git-lfs", "a pointer of Git LFS", "fetch the files with git lfs pull"),
)
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def readable(head: bytes) -> str | None:
    """Return Pillow's format of a supported file, from its first bytes."""
    for start, name in _READ:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    brands = _brands(head)
    known = "AVIF" if _is_avif(brands) else "HEIF" if _is_heic(brands) else None
    if known is not None:
        # Pillow supports AVIF if built with it, and HEIF after pillow_heif.register_heif_opener().
        Image.init()
    return known if known in Image.OPEN else None


def unread(head: bytes) -> tuple[str, str] | None:
    """Return name and advice for an unsupported format; None if the first bytes are unknown."""
    if not head:
        return "an empty file", "replace or delete it"
    for start, name, remedy in _OTHERS:
        if head.startswith(start):
            return name, remedy
    if head[128:132] == b"DICM":
        return "DICOM", _ARRAY.format("pydicom")
    brands = _brands(head)
    if _is_avif(brands):
        return "AVIF", f"{_CONVERT}, or install a Pillow from 11.3 that was built with AVIF"
    if _is_heic(brands):
        return (
            "HEIC",
            f"{_CONVERT}, or pip install pillow-heif and call pillow_heif.register_heif_opener() before",
        )
    if brands:
        return "a film", "save its frames as PNG or JPEG"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<svg" in text:
        return "SVG", _CONVERT
    for start in (b"<!doctype html", b"<html", b"<head", b"<body"):
        if text.startswith(start):
            return "HTML", _PAGE
    if text.startswith(b"<"):
        return "XML", _PAGE
    if text.startswith((b'{"', b"[{", b"{\n", b"{ ")):
        return "JSON", _PAGE
    return None


def _brands(head: bytes) -> list[bytes]:
    """List the brands of a file in the ISO base media format, the major brand first."""
    if head[4:8] != b"ftyp":
        return []
    box = head[8 : min(int.from_bytes(head[:4], "big"), len(head))]
    return [box[:4], *(box[i : i + 4] for i in range(8, len(box) - 3, 4))]


def _is_avif(brands: list[bytes]) -> bool:
    return any(brand in (b"avif", b"avis") for brand in brands)


def _is_heic(brands: list[bytes]) -> bool:
    return any(brand in _HEIC for brand in brands) and not _is_avif(brands)

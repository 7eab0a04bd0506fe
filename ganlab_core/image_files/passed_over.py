"""What lies among images and is not read, by kind, with the way out for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ganlab_core.image_files.opening import SUFFIXES
from ganlab_core.system.regular_files import open_regular

_MOST_SUFFIXES = 5
_LONGEST_SUFFIX = 12
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"8BPS")
_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif")


@dataclass(frozen=True)
class Kind:
    """Files of one kind: what they are called, of several and of one, and what to do to have them read."""

    plural: str
    singular: str
    way_out: str = ""
    suffixes: frozenset[str] = frozenset()


def _suffixes(names: str) -> frozenset[str]:
    return frozenset(f".{name}" for name in names.split())


def _kind(plural: str, singular: str, way_out: str, suffixes: str) -> Kind:
    return Kind(plural, singular, way_out, _suffixes(suffixes))


_ARCHIVE = _kind("archives", "archive", "unpack them", "7z bz2 gz lz4 rar tar tbz2 tgz txz xz zip zst")
ARCHIVES = _ARCHIVE.suffixes
_KINDS = (
    _kind(
        "HEIC photos",
        "HEIC photo",
        "install what reads them (`pip install 'ganlab[heif]'`), or export them as JPEG",
        "heic heif hif heics heifs",
    ),
    _kind("AVIF photos", "AVIF photo", "export them as JPEG or PNG", "avif avifs"),
    _kind("JPEG XL images", "JPEG XL image", "export them as JPEG or PNG", "jxl"),
    _kind("JPEG 2000 images", "JPEG 2000 image", "export them as PNG", "jp2 j2k jpf jpx jpc j2c"),
    _kind("WebP images", "WebP image", "export them as PNG", "webp"),
    _kind(
        "raw photos",
        "raw photo",
        "export them as JPEG",
        "3fr arw cr2 cr3 crw dcr dng erf fff iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f",
    ),
    _kind(
        "videos",
        "video",
        "save their frames as images (`ffmpeg -i VIDEO frame-%05d.png`)",
        "3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv webm wmv",
    ),
    _ARCHIVE,
    _kind("documents", "document", "export their pages as PNG", "ai doc docx eps indd odp odt pdf ppt pptx ps"),
    _kind("vector drawings", "vector drawing", "export them as PNG", "cdr dwg dxf emf svg svgz wmf"),
    _kind(
        "medical and microscopes' files",
        "medical or microscope's file",
        "export their pictures as 16-bit PNG or TIFF",
        "czi dcm dicom ims lif lsm mha mhd ndpi nd2 nii nrrd oib oif stk svs vsi",
    ),
    _kind(
        "arrays of numbers",
        "array of numbers",
        "save their pictures as PNG or TIFF",
        "exr grib h5 hdf hdf5 hdr mat npy npz parquet pickle pkl pt safetensors tfrecord",
    ),
)
_BY_SUFFIX = {suffix: kind for kind in _KINDS for suffix in kind.suffixes - SUFFIXES}

MISNAMED = Kind("images without an image's suffix", "image without an image's suffix", "rename them, to .png or .jpg")
THUMBNAILS = Kind("thumbnails and other leavings of programs", "thumbnail or other leaving of a program")
HIDDEN = Kind("hidden files and folders", "hidden file or folder")
NO_FILES = Kind("pipes, sockets and devices", "pipe, socket or device")
LINKED_FOLDERS = Kind(
    "links to folders",
    "link to a folder",
    "follow them (`--follow-links`, or `follow_links: true` of the data set), or give the folders that they lead to",
)
TWICE = Kind("folders that are read by another path already", "folder that is read by another path already")
OWN_FOLDERS = Kind("folders that ganlab made of images", "folder that ganlab made of images")
OWN_PICTURES = Kind("pictures that ganlab made of images", "picture that ganlab made of images")
OTHERS = Kind("other files", "other file")
_SIDECARS = _suffixes("cfg csv db htm html ini json jsonl log md py rst tsv txt xml xmp yaml yml")


class PassedOver:
    """Counts of what a walk below a folder did not take."""

    def __init__(self) -> None:
        self._counts: Counter[Kind] = Counter()
        self._suffixes: dict[Kind, Counter[str]] = {}
        self._example = ""

    def add(self, kind: Kind, path: Path, count: int = 1) -> None:
        """Count a path of a kind."""
        self._counts[kind] += count
        self._suffixes.setdefault(kind, Counter())[_shown_suffix(path)] += count
        if kind is MISNAMED:
            self._example = self._example or (path.name if path.name.isprintable() else ascii(path.name))

    def add_file(self, path: Path) -> None:
        """Count a file whose name is no image's: of what kind that says, or its first bytes."""
        kind = _BY_SUFFIX.get(path.suffix.lower())
        if kind is None:
            kind = MISNAMED if path.suffix.lower() not in _SIDECARS and _begins_as_image(path) else OTHERS
        self.add(kind, path)

    def sentences(self) -> Sequence[str]:
        """What was passed over, a line a kind, those first that may be wanted: count, kind, suffixes, the way out."""
        ordered = sorted(self._counts.items(), key=lambda item: (not item[0].way_out, -item[1]))
        return [self._sentence(kind, count) for kind, count in ordered]

    def _sentence(self, kind: Kind, count: int) -> str:
        said = f"{count:,} {kind.singular if count == 1 else kind.plural}"
        if kind is MISNAMED:
            said += f", such as '{self._example}'"
        elif kind.suffixes or kind is OTHERS:
            said += f" ({self._named(kind)})"
        return f"{said}: {kind.way_out}" if kind.way_out else said

    def _named(self, kind: Kind) -> str:
        """The suffixes, the most frequent ones first."""
        suffixes = self._suffixes[kind]
        named = sorted(suffixes, key=lambda suffix: (-suffixes[suffix], suffix))[:_MOST_SUFFIXES]
        return ", ".join([*named, "and more"] if len(suffixes) > len(named) else named)


def _shown_suffix(path: Path) -> str:
    """A suffix as it can be shown: names come from anywhere."""
    suffix = path.suffix.lower()
    if not suffix:
        return "no suffix"
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= _LONGEST_SUFFIX else "odd suffixes"


def _begins_as_image(path: Path) -> bool:
    try:
        with open_regular(path, follow=True) as file:
            head = file.read(16)
    except OSError:
        return False
    is_heif = head[4:8] == b"ftyp" and head[8:12] in _BRANDS
    return head.startswith(_MAGIC) or is_heif or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")

"""`download: true`, from a server on this machine in place of the published one."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ganlab_medmnist.dataset import medmnist
from medmnist import INFO  # type: ignore[import-untyped]

from ganlab_core import GanlabError

Write = Callable[..., Path]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing in the tests' output."""


@pytest.fixture
def published(write: Write, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An archive that is served under the address, and has the MD5 sum, that medmnist's table gives."""
    path = write("bloodmnist.npz")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(path.parent)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setitem(INFO["bloodmnist"], "url", f"http://127.0.0.1:{server.server_port}/{path.name}")
    monkeypatch.setitem(INFO["bloodmnist"], "MD5", hashlib.md5(path.read_bytes()).hexdigest())
    yield path
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_fetches_what_is_not_there_once(published: Path, tmp_path: Path) -> None:
    root = tmp_path / "new" / "root"
    first = medmnist(name="bloodmnist", root=str(root), download=True)
    assert [path.name for path in root.iterdir()] == ["bloodmnist.npz"]
    published.unlink()
    assert medmnist(name="bloodmnist", root=str(root), download=True).content_hash == first.content_hash


def test_what_is_there_is_read_as_it_is(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(INFO["bloodmnist"], "MD5", "0" * 32)
    assert len(medmnist(name="bloodmnist", root=str(published.parent), download=True)) == 24


def test_a_download_with_another_sum_is_refused_and_leaves_nothing(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(INFO["bloodmnist"], "MD5", "0" * 32)
    with pytest.raises(GanlabError, match=r"the download of http://.* failed: .*corrupted.*as bloodmnist\.npz$"):
        medmnist(name="bloodmnist", root=str(tmp_path / "root"), download=True)
    assert not (tmp_path / "root").exists()


def test_a_download_that_fails_says_what_to_do(published: Path, tmp_path: Path) -> None:
    published.unlink()
    with pytest.raises(GanlabError, match=r"failed: HTTP Error 404.*; fetch it yourself and put it there as blood"):
        medmnist(name="bloodmnist", root=str(tmp_path / "root"), download=True)


def test_a_root_that_cannot_be_made_is_one_message(published: Path) -> None:
    with pytest.raises(GanlabError, match=r"into root '.*bloodmnist\.npz/root' failed: .*; fetch it yourself"):
        medmnist(name="bloodmnist", root=str(published / "root"), download=True)

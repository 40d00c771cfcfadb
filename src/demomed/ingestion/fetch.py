"""Downloads what is missing or stale from the producers, or copies it from a mirror folder."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pooch
import requests

from demomed.core.faults import Fault, InputError
from demomed.ingestion.downloads import Download

LEDGER = "telechargements.json"
PARTIAL = ".partial"
CHUNK_BYTES = 1 << 18
_AGAIN = (429, 500, 502, 503, 504)

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Outcome:
    """What happened to one download.

    Parameters
    ----------
    download
        The file.
    status
        ``"present"`` (nothing done), ``"fetched"``, ``"mirrored"`` or ``"no_address"``.
    sha256, size
        Of the file kept, if there is one.
    """

    download: Download
    status: Literal["present", "fetched", "mirrored", "no_address"]
    sha256: str = ""
    size: int = 0


@dataclass
class _Session:
    """What one call needs: how to wait, how long, whom to tell."""

    timeout: float
    retries: int
    wait: Callable[[float], None]
    progress: Progress | None
    http: requests.Session = field(default_factory=requests.Session)


def fetch_sources(
    wanted: Sequence[Download],
    folder: Path,
    *,
    today: date,
    mirror: Path | None = None,
    refresh: bool = False,
    timeout: float = 30.0,
    retries: int = 4,
    wait: Callable[[float], None] = time.sleep,
    progress: Progress | None = None,
) -> tuple[Outcome, ...]:
    """Bring the wanted files into a folder; what is there and good is never fetched twice.

    A file is written aside (``.partial``), checked against its hash, then renamed: an interrupted
    download leaves nothing that looks whole. A dropped connection or a busy server is tried again
    after 1, 2, 4… seconds, from where it stopped if the server allows; a refusal is not. The proxy
    of the environment is used.

    Parameters
    ----------
    wanted
        See :func:`demomed.ingestion.downloads.downloads`.
    folder
        Where the files are kept, with a ledger of what was fetched, when and from where.
    today
        Day written in the ledger, and against which a file without hash may be stale.
    mirror
        Folder of files already downloaded, searched by name instead of the network.
    refresh
        Fetch again even what is there.
    timeout
        Seconds without a byte after which a connection is dropped.
    retries
        Further tries after a first failure.
    wait
        Called with the seconds to wait.
    progress
        Called with the source, the bytes received and the bytes expected (``None`` if unknown).

    Returns
    -------
    tuple of Outcome
        One per file, in order.

    Raises
    ------
    InputError
        After every file was tried, with one fault per file that could not be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ledger = _read_ledger(folder)
    session = _Session(timeout, retries, wait, progress)
    outcomes: list[Outcome] = []
    faults: list[Fault] = []
    with session.http:
        for item in wanted:
            try:
                outcome = _one(item, folder, ledger, today, mirror, refresh, session)
            except InputError as error:
                faults.extend(error.faults)
                continue
            outcomes.append(outcome)
            if outcome.status in ("fetched", "mirrored"):
                ledger[item.file] = {
                    "address": item.address, "date": today.isoformat(), "sha256": outcome.sha256,
                    "source": item.source_id, "vintage": item.vintage,
                }  # fmt: skip
                _write_ledger(folder, ledger)
    if faults:
        raise InputError(faults)
    return tuple(outcomes)


def _one(
    item: Download,
    folder: Path,
    ledger: Mapping[str, Any],
    today: date,
    mirror: Path | None,
    refresh: bool,
    session: _Session,
) -> Outcome:
    target = folder / item.file
    if target.resolve().parent != folder.resolve():
        raise InputError(
            Fault(
                item.file,
                "nom de fichier hors du dossier",
                "un nom simple",
                "corriger le catalogue",
            )
        )
    if target.is_file() and not refresh:
        digest = _sha256(target)
        if not _stale(item, digest, ledger.get(item.file), today):
            return Outcome(item, "present", digest, target.stat().st_size)
    if mirror is not None:
        _from_mirror(item, mirror, target)
        return Outcome(item, "mirrored", _sha256(target), target.stat().st_size)
    if not item.address:
        return Outcome(item, "no_address")
    _from_network(item, target, session)
    return Outcome(item, "fetched", _sha256(target), target.stat().st_size)


def _stale(item: Download, digest: str, known: Mapping[str, str] | None, today: date) -> bool:
    """Whether a file must be had again: wrong hash, changed since it was fetched, or too old."""
    if item.sha256 is not None:
        return digest != item.sha256
    if known is None:
        return False
    if known.get("sha256") != digest or known.get("address") != item.address:
        return True
    age = (today - date.fromisoformat(known["date"])).days
    return item.max_age_days is not None and age > item.max_age_days


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_ledger(folder: Path) -> dict[str, Any]:
    try:
        known = json.loads((folder / LEDGER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write_ledger(folder: Path, ledger: Mapping[str, Any]) -> None:
    aside = folder / (LEDGER + PARTIAL)
    aside.write_text(
        json.dumps(ledger, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    aside.replace(folder / LEDGER)


def _from_mirror(item: Download, mirror: Path, target: Path) -> None:
    found = sorted(path for path in mirror.rglob(item.file) if path.is_file())
    if not found:
        raise InputError(
            Fault(
                item.file,
                "fichier absent du dossier miroir",
                f"« {item.title} », {item.vintage}",
                f"l'y déposer depuis {item.page or 'la page du producteur'}",
            )
        )
    aside = target.with_name(target.name + PARTIAL)
    try:
        shutil.copyfile(found[0], aside)
        if item.sha256 is not None and _sha256(aside) != item.sha256:
            raise InputError(_wrong_hash(item))
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _wrong_hash(item: Download) -> Fault:
    return Fault(
        item.file,
        "contenu différent de celui qui est déclaré (empreinte SHA-256)",
        f"le fichier du millésime {item.vintage}",
        "vérifier la page du producteur : un nouveau millésime a pu prendre sa place",
    )


def _from_network(item: Download, target: Path, session: _Session) -> None:
    aside = target.with_name(target.name + PARTIAL)

    def download(url: str, output: str, _: Any) -> None:
        _receive(item, url, aside, session)
        aside.replace(output)

    try:
        with _quiet_pooch():
            got = pooch.retrieve(
                item.address,
                known_hash=None if item.sha256 is None else f"sha256:{item.sha256}",
                fname=target.name + PARTIAL + ".new",
                path=target.parent,
                downloader=download,
            )
        Path(got).replace(target)
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(_wrong_hash(item)) from error
    except OSError as error:
        raise InputError(_refused(item, "dossier où l'on ne peut pas écrire")) from error
    finally:
        aside.unlink(missing_ok=True)
        target.with_name(target.name + PARTIAL + ".new").unlink(missing_ok=True)


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Keep the library's own messages out of the user's terminal."""
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _refused(item: Download, found: str) -> Fault:
    return Fault(
        item.file,
        found,
        f"« {item.title} », {item.vintage}",
        f"vérifier le réseau et le mandataire, ou télécharger depuis {item.page or 'la page du producteur'} et donner le dossier avec --mirror",
    )


def _receive(item: Download, url: str, aside: Path, session: _Session) -> None:
    """Receive a whole body, with tries again; ``aside`` is complete when this returns."""
    aside.unlink(missing_ok=True)
    validator = ""
    for attempt in range(session.retries + 1):
        try:
            validator = _attempt(item, url, aside, validator, session)
            if not validator:
                return
            problem = "connexion coupée avant la fin"
        except (
            requests.exceptions.TooManyRedirects,
            requests.exceptions.InvalidSchema,
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
        ) as error:
            raise InputError(_refused(item, "adresse qui ne mène nulle part")) from error
        except requests.exceptions.Timeout:
            problem = f"pas de réponse en {session.timeout:g} secondes"
        except requests.exceptions.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            problem = f"le serveur répond {status}"
            if status not in _AGAIN:
                raise InputError(_refused(item, problem)) from error
        except requests.exceptions.RequestException:
            problem = "connexion impossible ou coupée"
        if attempt < session.retries:
            session.wait(float(2**attempt))
    raise InputError(_refused(item, f"{problem}, après {session.retries + 1} essais"))


def _attempt(item: Download, url: str, aside: Path, validator: str, session: _Session) -> str:
    """One try; returns ``""`` when the body is whole, else what proves that the rest is of the same file."""
    done = aside.stat().st_size if aside.exists() and validator != "?" else 0
    headers = {"Accept-Encoding": "identity"}
    if done and validator:
        headers |= {"Range": f"bytes={done}-", "If-Range": validator}
    with session.http.get(url, headers=headers, stream=True, timeout=session.timeout) as response:
        response.raise_for_status()
        _check_response(item, url, response)
        resumed = response.status_code == 206
        if resumed and not response.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            return "?"
        done = done if resumed else 0
        length = response.headers.get("Content-Length", "")
        total = done + int(length) if length.isdigit() else None
        same = response.headers.get("ETag") or response.headers.get("Last-Modified") or "?"
        with aside.open("ab" if resumed else "wb") as out:
            try:
                for block in response.iter_content(CHUNK_BYTES):
                    out.write(block)
                    done += len(block)
                    if session.progress is not None:
                        session.progress(item.source_id, done, total)
            except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError):
                return same
    return "" if total is None or done == total else same


def _check_response(item: Download, url: str, response: requests.Response) -> None:
    if urlsplit(url).scheme == "https" and urlsplit(response.url).scheme != "https":
        raise InputError(_refused(item, "redirection vers une adresse non chiffrée"))
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("text/html") and not item.file.endswith((".html", ".htm")):
        raise InputError(_refused(item, "une page web au lieu du fichier"))

"""Downloads against a local server that stalls, truncates, redirects, refuses and lies."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from demomed.core.faults import InputError
from demomed.ingestion import downloads as declared_files
from demomed.ingestion import fetch
from demomed.ingestion.downloads import Download, downloads, file_name
from demomed.ingestion.fetch import LEDGER, fetch_sources

BODY = b"code;valeur\n" + b"53130;1\n" * 4000
SHA = hashlib.sha256(BODY).hexdigest()
TODAY = date(2026, 1, 15)


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def send(self, status, body=b"", **headers):
        self.send_response(status)
        fields = {"Content-Length": str(len(body))} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def half(self, **headers):
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(BODY[:9000])
        self.wfile.flush()
        self.close_connection = True

    def do_GET(self):
        path = urlsplit(self.path).path
        asked = self.server.asked
        asked.append((self.path, self.headers.get("Range")))
        times = sum(p == self.path for p, _ in asked)
        if path == "/redirect":
            self.send(302, Location="/ok.csv")
        elif path == "/loop":
            self.send(302, Location="/loop")
        elif path == "/stall" or (path == "/stall-once" and times == 1):
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY[:10])
            self.wfile.flush()
            self.server.release.wait(5)
        elif path == "/truncated" or (path == "/truncated-once" and times == 1):
            self.half()
        elif path == "/resume" and times == 1:
            self.half(ETag='"v1"')
        elif (
            path == "/resume"
            and self.headers.get("Range")
            and self.headers.get("If-Range") == '"v1"'
        ):
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            self.send(
                206,
                BODY[start:],
                ETag='"v1"',
                Content_Range=f"bytes {start}-{len(BODY) - 1}/{len(BODY)}",
            )
        elif path.startswith("/status/"):
            self.send(int(path.split("/")[2]))
        elif path == "/busy-twice" and times <= 2:
            self.send(503)
        elif path == "/page":
            self.send(200, b"<html>maintenance</html>", Content_Type="text/html; charset=utf-8")
        elif path == "/gone-in-time" and times > 1:
            self.send(404)
        else:
            self.send(200, BODY, Content_Type="text/csv")


@pytest.fixture
def server(monkeypatch):
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.asked, http.release, http.daemon_threads = [], threading.Event(), True
    thread = threading.Thread(
        target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    http.root = f"http://127.0.0.1:{http.server_port}"
    yield http
    http.release.set()
    http.shutdown()
    thread.join()
    http.server_close()


def item(address="", file="a.csv", **more):
    return Download(
        "toy", "Source d'essai", "2026", address, file, page="https://exemple.test/page", **more
    )


def run(wanted, folder, **options):
    waits = []
    options = {"today": TODAY, "timeout": 0.4, "retries": 2, "wait": waits.append} | options
    return fetch_sources(
        [wanted] if isinstance(wanted, Download) else wanted, folder, **options
    ), waits


def left(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("path", ["/ok.csv", "/redirect"])
@pytest.mark.parametrize("sha", [None, SHA])
def test_fetched_once_and_never_twice(server, tmp_path, path, sha):
    seen = []
    (outcome,), waits = run(
        item(server.root + path, sha256=sha), tmp_path, progress=lambda *a: seen.append(a)
    )
    assert (outcome.status, outcome.sha256, outcome.size) == ("fetched", SHA, len(BODY))
    assert (tmp_path / "a.csv").read_bytes() == BODY
    assert seen[-1] == ("toy", len(BODY), len(BODY))
    assert left(tmp_path) == ["a.csv", LEDGER]
    assert waits == []
    count = len(server.asked)
    (again,), _ = run(item(server.root + path, sha256=sha), tmp_path)
    assert again.status == "present"
    assert len(server.asked) == count
    known = json.loads((tmp_path / LEDGER).read_text(encoding="utf-8"))["a.csv"]
    assert (known["date"], known["sha256"]) == ("2026-01-15", SHA)


@pytest.mark.parametrize(
    ("path", "words", "tries"),
    [
        ("/status/404", "le serveur répond 404", 1), ("/status/403", "répond 403", 1), ("/status/503", "répond 503, après 3 essais", 3),
        ("/status/429", "répond 429, après 3 essais", 3), ("/truncated", "après 3 essais", 3), ("/stall", "après 3 essais", 3),
        ("/loop", "ne mène nulle part", 31), ("/page", "une page web", 1),
    ],
)  # fmt: skip
def test_failures_leave_nothing(server, tmp_path, path, words, tries):
    with pytest.raises(InputError) as caught:
        run(item(server.root + path), tmp_path)
    assert words in str(caught.value)
    assert "https://exemple.test/page" in str(caught.value)
    assert "--mirror" in str(caught.value)
    assert len(server.asked) == tries
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "waits"),
    [("/busy-twice", [1.0, 2.0]), ("/truncated-once", [1.0]), ("/stall-once", [1.0])],
)
def test_tried_again_with_back_off(server, tmp_path, path, waits):
    (outcome,), waited = run(item(server.root + path, sha256=SHA), tmp_path)
    assert outcome.status == "fetched"
    assert waited == waits
    assert (tmp_path / "a.csv").read_bytes() == BODY


def test_resumes_where_it_stopped(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "CHUNK_BYTES", 1000)
    run(item(server.root + "/resume", sha256=SHA), tmp_path)
    assert [wanted for _, wanted in server.asked] == [None, "bytes=9000-"]
    assert (tmp_path / "a.csv").read_bytes() == BODY


def test_wrong_hash_is_refused_and_the_old_file_stays(server, tmp_path):
    (tmp_path / "a.csv").write_bytes(b"ancien")
    with pytest.raises(InputError, match="empreinte"):
        run(item(server.root + "/ok.csv", sha256="0" * 64), tmp_path)
    assert (tmp_path / "a.csv").read_bytes() == b"ancien"
    assert left(tmp_path) == ["a.csv"]


def test_no_server(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(InputError, match="connexion impossible"):
        run(item("http://127.0.0.1:9/x.csv"), tmp_path)
    with pytest.raises(InputError, match="ne mène nulle part"):
        run(item("gopher://127.0.0.1/x.csv"), tmp_path)


def test_a_stale_or_altered_file_is_fetched_again(server, tmp_path):
    wanted = item(server.root + "/ok.csv", max_age_days=30)
    run(wanted, tmp_path)
    assert run(wanted, tmp_path, today=date(2026, 2, 14))[0][0].status == "present"
    assert run(wanted, tmp_path, today=date(2026, 2, 15))[0][0].status == "fetched"
    (tmp_path / "a.csv").write_bytes(b"abrege")
    assert run(wanted, tmp_path, today=date(2026, 2, 15))[0][0].status == "fetched"
    assert run(wanted, tmp_path, today=date(2026, 2, 15), refresh=True)[0][0].status == "fetched"
    assert (tmp_path / "a.csv").read_bytes() == BODY


def test_a_failed_refresh_keeps_what_was_there(server, tmp_path):
    wanted = item(server.root + "/gone-in-time", max_age_days=1)
    run(wanted, tmp_path)
    with pytest.raises(InputError):
        run(wanted, tmp_path, today=date(2026, 6, 1))
    assert (tmp_path / "a.csv").read_bytes() == BODY


def test_a_file_put_there_by_hand_is_kept(server, tmp_path):
    (tmp_path / "a.csv").write_bytes(b"depose")
    assert run(item(server.root + "/ok.csv"), tmp_path)[0][0].status == "present"
    assert server.asked == []


def test_mirror_instead_of_the_network(server, tmp_path):
    mirror, folder = tmp_path / "miroir", tmp_path / "cache"
    (mirror / "insee").mkdir(parents=True)
    (mirror / "insee" / "a.csv").write_bytes(BODY)
    (outcome,), _ = run(item(server.root + "/ok.csv", sha256=SHA), folder, mirror=mirror)
    assert outcome.status == "mirrored"
    assert server.asked == []
    with pytest.raises(InputError, match="absent du dossier miroir"):
        run(item(server.root + "/ok.csv", file="b.csv"), folder, mirror=mirror)
    (mirror / "insee" / "c.csv").write_bytes(b"autre")
    with pytest.raises(InputError, match="empreinte"):
        run(item(file="c.csv", sha256=SHA), folder, mirror=mirror)
    assert left(folder) == ["a.csv", LEDGER]


def test_all_files_are_tried_and_all_faults_told(server, tmp_path):
    wanted = [
        item(server.root + "/status/404", "x.csv"),
        item(server.root + "/ok.csv"),
        item(server.root + "/status/410", "y.csv"),
        item("", "z.csv"),
    ]
    with pytest.raises(InputError) as caught:
        run(wanted, tmp_path)
    assert [fault.file for fault in caught.value.faults] == ["x.csv", "y.csv"]
    assert left(tmp_path) == ["a.csv", LEDGER]
    assert run(wanted[3], tmp_path)[0][0].status == "no_address"


def test_proxy_of_the_environment(server, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", server.root)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    run(item("http://producteur.exemple.test/ok.csv", sha256=SHA), tmp_path)
    assert server.asked[0][0] == "http://producteur.exemple.test/ok.csv"


def test_names_never_leave_the_folder(server, tmp_path):
    with pytest.raises(InputError, match="hors du dossier"):
        run(item(server.root + "/ok.csv", file="../a.csv"), tmp_path / "cache")
    assert file_name("https://exemple.test/%2e%2e/x/..%5Cy.csv", "d") == "..y.csv"


def test_interrupted_by_the_user_leaves_nothing(server, tmp_path):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(item(server.root + "/ok.csv"), tmp_path, progress=stop)
    assert left(tmp_path) == []


def test_a_damaged_ledger_is_no_obstacle(server, tmp_path):
    (tmp_path / LEDGER).write_text("{oups", encoding="utf-8")
    assert run(item(server.root + "/ok.csv"), tmp_path)[0][0].status == "fetched"


def test_downloads_come_from_the_catalogue(monkeypatch):
    declared = {
        "toy": {
            "id": "toy", "title": "Jouet", "page": "https://exemple.test/p", "address": "https://exemple.test/base.zip", "max_age_days": 40,
            "vintages": [
                {"vintage": "2024", "status": "withdrawn"}, {"vintage": "2025", "status": "kept"},
                {"vintage": "2026", "status": "current", "address": "https://exemple.test/n.csv", "sha256": SHA, "download": "nouveau.csv"},
            ],
        }
    }  # fmt: skip
    monkeypatch.setattr(declared_files, "sources", lambda: declared)
    old, new = downloads()
    assert (old.vintage, old.file, old.sha256, old.max_age_days) == ("2025", "base.zip", None, 40)
    assert (new.file, new.address, new.sha256) == ("nouveau.csv", "https://exemple.test/n.csv", SHA)
    with pytest.raises(InputError, match="vouliez-vous dire « toy »"):
        downloads(["toi"])


def test_every_declared_source_can_be_listed():
    assert all(
        (item.file and item.page.startswith("http")) or not item.page for item in downloads()
    )

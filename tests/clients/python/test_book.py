"""The book in docs/: mdBook builds it, every page is in its summary, every link leads somewhere, every
block that is marked to be tested is asked for by a test, and the page of the command line is what
`--help` says. `UPDATE=1` writes that page anew."""

import html
import os
import pathlib
import re
import subprocess
import sys

import pytest
import requests
from support import BINARY, REPOSITORY, clean_environment
from test_readme import BOOK, PAGES

DOCS = REPOSITORY / "docs"
SUMMARY = DOCS / "SUMMARY.md"
COMMAND_LINE = DOCS / "command-line.md"
LINKING = [
    *PAGES,
    REPOSITORY / "CONTRIBUTING.md",
    REPOSITORY / "tests/clients/README.md",
    *sorted(REPOSITORY.glob("packages/*/README.md")),
]
FENCED = re.compile(r"^([ \t]*)```.*?^\1```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]*)\)")

INTRODUCTION = """\
# The command line

<!-- Written from `-h` by tests/clients/python/test_book.py: UPDATE=1 writes it anew. -->

`mocknito` without a verb is `mocknito serve`. Every flag of it is also an environment variable, as
[Settings](configuration.md) says.

The other verbs ask a running server, but for `exec`, `completions` and what their help says: the
server that has `./.mocknito`, or `--url`, or `MOCKNITO_URL`. They print for people; what has
something to tell takes `--json`, for programs, too. Their flags `--url`, `--host`, `--port` and
`--data`, by which the server is found, are written down once, below [mocknito
healthcheck](#mocknito-healthcheck).

| the most useful | |
|---|---|
| `mocknito users list`, `show`, `create NAME --password P`, `set-password`, `delete`, `token` | in the only pool, or `--user-pool-id` |
| `mocknito inbox --to alice@example.com --wait 10s --code` | the code in the newest message |
| `mocknito requests --follow` | what clients ask, and why they are refused |
| `mocknito clock`, `advance 1h`, `set`, `freeze`, `reset` | the server's time |
| `mocknito reset`, `mocknito snapshot save NAME`, `restore NAME` | back to the start, or to a state that was saved |
| `eval "$(mocknito env)"` | leads this shell's AWS CLI and SDKs there |
| `mocknito exec -- npm test` | a command beside a server of its own |
| `mocknito trust`, `--remove` | has this machine trust the server's https |
| `mocknito doctor` | what is in the way: port, folder, Node and Python, root certificates |
| `mocknito completions bash` | for zsh, fish and PowerShell, too |
"""


def links(page):
    """The addresses that a page links to, but those in its code."""
    text = re.sub(r"`[^`\n]*`", "", FENCED.sub("", page.read_text()))
    return LINK.findall(text)


def anchor(title):
    """As GitHub and mdBook make one of a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {anchor(heading) for heading in headings}


def test_every_page_is_in_the_summary_once():
    listed = [target for target in links(SUMMARY) if target]
    pages = {
        page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md") if page != SUMMARY
    }
    for missing in sorted(pages - set(listed)):
        title = (DOCS / missing).read_text().splitlines()[0].removeprefix("# ")
        print(f"docs/SUMMARY.md has no line\n- [{title}]({missing})")
    assert pages == set(listed)
    assert len(listed) == len(pages), "a page is listed twice"


def test_mdbook_builds_it(tmp_path):
    mdbook = pathlib.Path(sys.executable).with_name("mdbook")
    done = subprocess.run(
        [mdbook, "build", "--dest-dir", tmp_path],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "WARN" not in said and "ERROR" not in said, said
    built = {page: page.read_text() for page in tmp_path.rglob("*.html")}
    assert len(built) >= len(PAGES)
    ids = {page: set(re.findall(r'\sid="([^"]+)"', text)) for page, text in built.items()}
    for page, text in built.items():
        # One page has the whole book, the other is shown at whatever address is missing.
        if page.name in ("print.html", "404.html"):
            continue
        for href in re.findall(r'<a\s[^>]*href="([^"]+)"', text):
            address, _, place = html.unescape(href).partition("#")
            if re.match(r"[a-z]+:", address):
                continue
            there = (page.parent / address).resolve() if address else page
            assert there.exists(), f"{page.name}: {href}"
            assert not place or place in ids[there], f"{page.name}: {href}"


@pytest.mark.parametrize("page", LINKING, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_link_leads_somewhere(page):
    for target in links(page):
        address, _, place = target.partition("#")
        if re.match(r"[a-z]+:", address) or (page == SUMMARY and not target):
            continue
        there = (page.parent / address).resolve() if address else page
        assert there.exists(), target
        # A book that is built has its own pages and nothing else of the repository.
        if DOCS in page.parents:
            assert DOCS in there.parents, f"{target} is no page of the book"
        if place:
            assert place in anchors(there), target


def test_every_marked_block_is_asked_for():
    tests = "\n".join(
        file.read_text()
        for kind in ("*.py", "*.mjs", "*.go", "*.java")
        for file in (REPOSITORY / "tests/clients").rglob(kind)
        if "node_modules" not in file.parts and ".venv" not in file.parts
    )
    for name in re.findall(r"<!-- test: (\S+) -->", BOOK):
        # Some are asked for by a family and a member: block(f"sender-{language}").
        family = name.rpartition("-")[0]
        assert f'"{name}"' in tests or f'"{family}-{{' in tests, name


def test_every_file_that_is_shown_is_the_one_that_is_tested():
    shown = re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", BOOK, re.DOTALL)
    assert len(shown) == BOOK.count("<!-- file: ") > 0
    for path, text in shown:
        assert (REPOSITORY / path).read_text() == text, path


def help_of(*verbs):
    shown = subprocess.run(
        [BINARY, *verbs, "-h"],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(),
    ).stdout
    program = re.search(r"^Usage: (\S+)", shown, re.MULTILINE)[1]
    return re.sub(rf"(?<![\w/.]){re.escape(program)}(?![\w/.])", "mocknito", shown).strip()


def entries(block):
    """What a list of flags, arguments or verbs says: the name of each, and its sentence. Where the
    sentence begins depends on the longest name, so it is not kept."""
    found = []
    for line in block.splitlines()[1:]:
        named = re.match(r"  (?:    )?(-\S.*?|<.*?|\[.*?|[a-z-]+)(?:  +(\S.*)|$)", line)
        if named:
            found.append([named[1], [named[2] or ""]])
        else:
            found[-1][1].append(line.strip())
    return [(name, " ".join(filter(None, words))) for name, words in found]


def table(rows):
    def cell(text):
        return text.replace("|", "\\|")

    def plain(text):
        return cell(html.escape(text, quote=False).replace("*", "\\*"))

    return "\n".join(
        ["| | |", "|---|---|", *(f"| {cell(name)} | {plain(said)} |" for name, said in rows)]
    )


def command_line():
    """The page as it must be."""
    parts = [INTRODUCTION.strip()]
    serve, server = [], None

    def add(*verbs):
        nonlocal serve, server
        below = []
        parts.append(f"{'#' * (len(verbs) + 1)} mocknito {' '.join(verbs)}")
        rest = []
        for block in help_of(*verbs).split("\n\n"):
            title = block.partition("\n")[0]
            if title == "Commands:":
                below = [entry for entry in entries(block) if entry[0] != "help"]
                where = [
                    (f"[{verb}](#mocknito-{'-'.join([*verbs, verb])})", said)
                    for verb, said in below
                ]
                parts.append(table(where))
            elif title in ("Arguments:", "Options:", "The server that is asked:"):
                rows = [
                    (f"`{name}`", said) for name, said in entries(block) if "--help" not in name
                ]
                if title == "The server that is asked:":
                    if server:
                        assert rows == server, f"{verbs} finds its server by flags of its own"
                        continue
                    server = rows
                    parts.append(title)
                if verbs == ("serve",):
                    serve = rows
                elif set(serve) <= set(rows):
                    parts.append("Every flag of [mocknito serve](#mocknito-serve).")
                    rows = [row for row in rows if row not in serve]
                if rows:
                    parts.append(table(rows))
            elif title.startswith("Usage:"):
                usage = re.sub(r"^(Usage:)? *", "", block, flags=re.MULTILINE)
                parts.append(f"```sh\n{usage}\n```")
            elif parts[-1].startswith("#"):
                parts.append(block)
            else:
                rest.append(block)
        if rest:
            text = "\n\n".join(rest)
            parts.append(f"```text\n{text}\n```")
        for verb, _ in below:
            add(*verbs, verb)

    for verb, _ in entries(next(b for b in help_of().split("\n\n") if b.startswith("Commands:"))):
        if verb != "help":
            add(verb)
    return "\n\n".join(parts) + "\n"


def test_the_page_of_the_command_line_is_what_help_says():
    page = command_line()
    if os.environ.get("UPDATE"):
        COMMAND_LINE.write_text(page)
    assert COMMAND_LINE.read_text() == page, "UPDATE=1 pytest -k command_line writes it anew"
    assert "--exit-with-parent" in page and "## mocknito exec" in page


def test_every_address_of_our_own_is_written_down(server):
    asked = requests.get(f"{server.url}/_mocknito/openapi.json", timeout=10).json()
    families = {path.split("/")[2] for path in asked["paths"] if path.count("/") > 1}
    # Pages of the console, and what only our own pages ask for.
    families -= {"", "pool", "users", "identity-pools", "providers", "pages", "images"}
    for family in sorted(families):
        assert re.search(rf"/_mocknito/{re.escape(family)}(?![\w-])", BOOK), family


def test_every_setting_that_has_a_page_is_a_flag():
    flags = set(re.findall(r"^\s+(?:-\w, )?(--[a-z-]+)", help_of("serve"), re.MULTILINE))
    rows = re.findall(r"^\| (`--.*?) \|", (DOCS / "configuration.md").read_text(), re.MULTILINE)
    named = {flag for row in rows for flag in re.findall(r"--[a-z-]+", row)}
    assert named and named <= flags
    assert "--help" not in named


def test_a_page_that_nobody_lists_would_be_noticed():
    assert pathlib.Path(SUMMARY).name not in links(SUMMARY)
    assert anchor("Sign in with Google, offline") == "sign-in-with-google-offline"

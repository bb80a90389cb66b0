"""SQLite: its own shell. A cell's statements run up to the first that fails."""

from __future__ import annotations

from sdk.repl import PromptForm, PromptKernel

WORDS = "ALTER AND CREATE DELETE DISTINCT DROP FROM GROUP INSERT INTO JOIN LIMIT ORDER SELECT TABLE UPDATE VALUES WHERE"


class SqliteKernel(PromptKernel):
    implementation = "sqlite"
    implementation_version = "1.0"
    language_info = {
        "name": "sql",
        "version": "3",
        "mimetype": "application/sql",
        "file_extension": ".sql",
        "codemirror_mode": "sql",
        "pygments_lexer": "sql",
    }
    banner = "SQLite, known by its prompt; `.open FILE` opens a database"
    form = PromptForm(
        argv=("sqlite3", "-interactive", "-bail", "-init", "/dev/null", "-box"),
        prompt="sqlite> ",
        continuation=r" +\.\.\.> ",
        set_prompt='.prompt "{prompt}" "{continuation}"',
        run='.read "{file}"',
        error=r"^(?P<ename>Parse error|Runtime error|Error)(?: near line (?P<line>\d+))?: (?P<message>.+)",
        abandon=";",
        quit=".quit",
        complete=".tables",
        words=WORDS.split(),
        comment="--",
        is_complete="balanced",
        version=r"SQLite version (\d[\d.]*)",
    )

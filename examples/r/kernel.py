"""R: cells are parsed whole, and run an expression at a time."""

from __future__ import annotations

from sdk.repl import PromptForm, PromptKernel

PRELUDE = r"""
.cell <- function(path) tryCatch({
  code <- parse(path, encoding = "UTF-8", keep.source = TRUE)
  for (i in seq_along(code)) {
    result <- withVisible(eval(code[[i]], globalenv()))
    if (!result$visible) next
    if (i < length(code)) print(result$value)
    else writeLines(capture.output(print(result$value)), "{value}")
  }
  TRUE
}, error = function(e) {
  message(class(e)[1], ": ", conditionMessage(e))
  FALSE
})
"""


class RKernel(PromptKernel):
    implementation = "r"
    implementation_version = "1.0"
    language_info = {
        "name": "R",
        "version": "4",
        "mimetype": "text/x-r-source",
        "file_extension": ".r",
        "codemirror_mode": "r",
        "pygments_lexer": "r",
    }
    banner = "R, known by its prompt"
    form = PromptForm(
        argv=("R", "--no-readline", "--interactive", "--no-save", "--no-restore"),
        prompt="> ",
        continuation=r"\+ ",
        set_prompt='options(prompt = "{prompt}", continue = "{continuation}", width = 80)',
        prelude=PRELUDE,
        load='source("{file}"); cat("{ok}")',
        run='if (.cell("{file}")) cat("{ok}")',
        error=r"^(?P<ename>\w*[eE]rror\w*): (?:In\[\d+\]:(?P<line>\d+):\d+: )?(?P<message>.+)",
        quit='q("no")',
        complete='writeLines(apropos("^{word}"))',
        is_complete='writeLines(tryCatch({parse("{file}"); "complete"}, error = function(e) '
        'if (grepl("unexpected (end of input|INCOMPLETE)", conditionMessage(e))) "incomplete" else "invalid"))',
        version=r"R version (\d[\d.]*)",
    )

"""R: cells are parsed whole, and run an expression at a time; what they have drawn is shown when they end."""

from __future__ import annotations

from sdk.repl import PromptForm, PromptKernel

PRELUDE = r"""
.show <- function(page, size) {
  data <- paste(system2("base64", shQuote(page), stdout = TRUE), collapse = "")
  cat("\033]1337;File=inline=1", size, ":", data, "\a", sep = "")
  unlink(page)
}
.drawing <- function(code, format, width, height, resolution) {
  pages <- tempfile("page"); ours <- integer(); dots <- resolution / 96
  options(device = function(...) {
    switch(format,
      png = png(paste0(pages, "%03d"), width * dots, height * dots, res = resolution),
      jpg = jpeg(paste0(pages, "%03d"), width * dots, height * dots, res = resolution),
      svg = svg(paste0(pages, "%03d"), width / 96, height / 96))
    ours <<- c(ours, dev.cur())
  })
  on.exit({
    for (device in intersect(ours, dev.list())) dev.off(device)
    size <- if (format == "svg") "" else sprintf(";width=%dpx;height=%dpx", width, height)
    for (page in Sys.glob(paste0(pages, "*"))) .show(page, size)
  })
  code
}
.cell <- function(path, ...) .drawing(tryCatch({
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
}), ...)
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
        run='if (.cell("{file}", "{format}", {width}, {height}, {resolution})) cat("{ok}")',
        plots=("png", "svg", "jpg"),
        error=r"^(?P<ename>\w*[eE]rror\w*): (?:In\[\d+\]:(?P<line>\d+):\d+: )?(?P<message>.+)",
        quit='q("no")',
        complete='writeLines(apropos("^{word}"))',
        is_complete='writeLines(tryCatch({parse("{file}"); "complete"}, error = function(e) '
        'if (grepl("unexpected (end of input|INCOMPLETE)", conditionMessage(e))) "incomplete" else "invalid"))',
        version=r"R version (\d[\d.]*)",
    )

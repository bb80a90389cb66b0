"""Tcl: dies of SIGINT, so an interrupt starts it anew."""

from __future__ import annotations

from sdk.repl import PromptForm, PromptKernel

PRELUDE = r"""
proc _cell {path ok} {
    if {[catch {uplevel #0 [list source -encoding utf-8 $path]} value]} {
        puts stderr [regsub {\n    invoked from within\n"source .*} $::errorInfo ""]
        return
    }
    if {$value ne ""} {
        set file [open "{value}" w]
        fconfigure $file -encoding utf-8
        puts $file $value
        close $file
    }
    puts -nonewline $ok
}
proc _status path {
    set file [open $path]
    puts [expr {[info complete [read $file]] ? "complete" : "incomplete"}]
    close $file
}
"""


class TclKernel(PromptKernel):
    implementation = "tcl"
    implementation_version = "1.0"
    language_info = {
        "name": "tcl",
        "version": "8",
        "mimetype": "text/x-tcl",
        "file_extension": ".tcl",
        "codemirror_mode": "tcl",
        "pygments_lexer": "tcl",
    }
    banner = "Tcl, known by its prompt"
    form = PromptForm(
        argv=("tclsh",),
        prompt="% ",
        set_prompt="set tcl_prompt1 {puts -nonewline {{prompt}}; flush stdout}; list",
        prelude=PRELUDE,
        load="source {{file}}; puts {ok}",
        run="_cell {{file}} {ok}; list",
        error=r'^(?P<message>.+)\n(?:    while executing|    \(file)[\s\S]*?\(file "In\[\d+\]" line (?P<line>\d+)\)',
        interrupt="kill",
        quit="exit",
        complete="puts [info commands]",
        is_complete="_status {{file}}",
        word=r"[\w:.]+",
    )

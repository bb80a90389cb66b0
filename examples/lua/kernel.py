"""Lua: random prompts, cells run from a file by a function that also tells their value."""

from __future__ import annotations

from sdk.repl import PromptForm, PromptKernel

PRELUDE = """
function _cell(path)
  local source = assert(io.open(path)):read("a")
  local cell, failure = load("return " .. source, "@" .. path)
  if not cell then cell, failure = load(source, "@" .. path) end
  if not cell then error(failure, 0) end
  local values = table.pack(cell())
  if values.n > 0 and values[1] ~= nil then
    for i = 1, values.n do values[i] = tostring(values[i]) end
    io.open("{value}", "w"):write(table.concat(values, "\\t")):close()
  end
end
"""


class LuaKernel(PromptKernel):
    implementation = "lua"
    implementation_version = "1.0"
    language_info = {
        "name": "lua",
        "version": "5.3",
        "mimetype": "text/x-lua",
        "file_extension": ".lua",
        "codemirror_mode": "lua",
        "pygments_lexer": "lua",
    }
    banner = "Lua, known by its prompt"
    form = PromptForm(
        argv=("lua5.3", "-i"),
        prompt="> ",
        continuation=">> ",
        set_prompt='_PROMPT, _PROMPT2 = "{prompt}", "{continuation}"',
        prelude=PRELUDE,
        load='dofile("{file}") io.write("{ok}")',
        run='_cell("{file}") io.write("{ok}")',
        error=r"^(?:In\[\d+\]:(?P<line>\d+): )?(?P<message>.+)\nstack traceback:",
        complete="for name in pairs(_G) do print(name) end",
        words=("and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil"),
        is_complete='local f, e = loadfile("{file}") '
        'print(f and "complete" or e:find("<eof>$") and "incomplete" or "invalid")',
        version=r"Lua (\d[\d.]*)",
    )

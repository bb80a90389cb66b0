"""JavaScript: Node's REPL without its line editor, started with the prompt that it is to show."""

from __future__ import annotations

from sdk.repl import PromptForm, PromptKernel

START = """
const fs = require('fs'), vm = require('vm'), util = require('util');
let interrupt = () => {};
process.on('SIGINT', () => interrupt());
globalThis._cell = async (path, value, ok) => {
  const code = fs.readFileSync(path, 'utf8'), filename = path.replace(/.*[/]/, '');
  const interrupted = new Promise((_, reject) => { interrupt = () => reject(new Error('interrupted')); });
  try {
    const script = /\\bawait\\b/.test(code) ? `(async () => {${code}\\n})()` : code;
    const made = vm.runInThisContext(script, {filename, breakOnSigint: true});
    const result = script === code ? made : await Promise.race([made, interrupted]);
    if (result !== undefined) fs.writeFileSync(value, util.inspect(result));
    process.stdout.write(ok);
  } catch (error) { process.stdout.write((error && error.stack || 'Uncaught ' + error) + '\\n'); }
};
require('repl').start({prompt: '{prompt}', terminal: false, useGlobal: true, ignoreUndefined: true});
"""


class NodeKernel(PromptKernel):
    implementation = "node"
    implementation_version = "1.0"
    language_info = {
        "name": "javascript",
        "version": "",
        "mimetype": "text/javascript",
        "file_extension": ".js",
        "codemirror_mode": "javascript",
        "pygments_lexer": "javascript",
    }
    banner = "Node, known by its prompt"
    form = PromptForm(
        argv=("node", "-e", START),
        prompt="> ",
        continuation=r"\.\.\. ",
        run='await _cell("{file}", "{value}", "{ok}")',
        error=r"^(?P<ename>[A-Z]\w*Error|Error): (?P<message>.+)(?:\n    at .*In\[\d+\]:(?P<line>\d+))?",
        asks="never",
        complete="console.log(Object.getOwnPropertyNames(globalThis).join('\\n'))",
    )

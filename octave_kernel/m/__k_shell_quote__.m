## word = __k_shell_quote__ (WORD): as one word of the shell's.
function word = __k_shell_quote__ (word)
  word = ["'", strrep(word, "'", "'\\''"), "'"];
end

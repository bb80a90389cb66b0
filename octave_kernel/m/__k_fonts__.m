## __k_fonts__ (): Octave lacks FreeSans, by which it measures each text whose font nobody has named, and without which
## it makes no axes: let it take what the system has instead.
function __k_fonts__ ()
  if (! isempty (getenv ("OCTAVE_FONTS_DIR")))
    return;  # the user has said where to look
  end
  folder = [__k_here__().path "/fonts"];
  [status, ~] = system (sprintf (["mkdir -p %s && cd %s || exit\n" ...
    "any=$(find -L /usr/share/fonts ~/.local/share/fonts -name '*.[ot]tf' 2>/dev/null | head -n 1)\n" ...
    "for style in :/sans Bold:/sans:bold Oblique:/sans:italic BoldOblique:/sans:bold:italic; do\n" ...
    "  font=$(fc-match -f '%%{file}' \"${style#*/}\" 2>/dev/null || echo \"$any\")\n" ...
    "  [ -e \"$font\" ] && ln -sf \"$font\" \"FreeSans${style%%%%:/*}.otf\"\n" ...
    "done"], __k_shell_quote__ (folder), __k_shell_quote__ (folder)));
  if (! status)
    setenv ("OCTAVE_FONTS_DIR", folder);
  end
end

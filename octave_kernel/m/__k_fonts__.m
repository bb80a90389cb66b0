## __k_fonts__ (): Octave has no FreeSans of its own, by which it measures each text whose font nobody has named, and
## without which it makes no axes: let it take the system's, or what else the system has.
function __k_fonts__ ()
  if (! isempty (getenv ("OCTAVE_FONTS_DIR")))
    return;  # the user has said where to look
  end
  for folder = {"opentype/freefont", "gnu-free", "freefont", "OTF"}  # of Debian, Fedora and Arch, Gentoo, Void
    folder = ["/usr/share/fonts/" folder{1}];
    if (! isempty (stat ([folder "/FreeSans.otf"])))
      setenv ("OCTAVE_FONTS_DIR", folder);
      return;
    end
  end
  folder = [__k_here__().path "/fonts"];
  [status, ~] = system (sprintf (["mkdir -p %s && cd %s || exit\n" ...
    "any=$(find -L /usr/share/fonts ~/.local/share/fonts -name '*.[ot]tf' 2>/dev/null | head -n 1)\n" ...
    "for style in :/ Bold:/:bold Oblique:/:italic BoldOblique:/:bold:italic; do\n" ...
    "  font=$(fc-match -f '%%{file}' \"FreeSans,sans${style#*/}\" 2>/dev/null || echo \"$any\")\n" ...
    "  [ -e \"$font\" ] && ln -sf \"$font\" \"FreeSans${style%%%%:/*}.otf\"\n" ...
    "done"], __k_shell_quote__ (folder), __k_shell_quote__ (folder)));
  if (! status)
    setenv ("OCTAVE_FONTS_DIR", folder);
  end
end

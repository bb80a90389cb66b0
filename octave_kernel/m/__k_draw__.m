## __k_draw__ (FIGURE, PLOT, ID): draw the figure as PLOT says, and show it.
function __k_draw__ (h, s, id)
  size = in_pixels (h, [s.width, s.height]);
  formats = {s.format};
  if (strcmp (s.format, "pdf"))
    formats = {"pdf", "png"};  # for who cannot show it
  end
  files = cell (1, numel (formats));
  for i = 1:numel (formats)
    files{i} = [__k_here__().path "/figure." formats{i}];
    [~, ~] = unlink (files{i});  # what there is of a figure that could not be drawn
    if (strcmp (get (h, "__graphics_toolkit__"), "gnuplot"))
      by_gnuplot (h, formats{i}, size, s.scale, files{i});
    else
      by_print (h, formats{i}, size, s.scale, files{i});
    end
  end
  __k_show__ (files, formats, id, size, name (h));
end

function size = in_pixels (h, usual)
  units = get (h, "units");
  if (strcmp (units, "pixels"))
    size = get (h, "position")(3:4);
  elseif (strcmp (units, "normalized") && ! all (get (0, "screensize")(3:4) > 1))
    size = get (h, "position")(3:4) .* usual * 2;  # there is no screen, and an ordinary figure would take half of it
    set (h, "units", "pixels", "position", [300, 200, size]);
  else
    set (h, "units", "pixels");
    size = get (h, "position")(3:4);
    set (h, "units", units);
  end
  size = max (1, round (size));
end

function text = name (h)
  text = "[figure]";
  if (h == fix (h))
    text = sprintf ("[figure %d]", h);
  end
  called = get (h, "name");
  if (! isempty (called))
    text = strtrim ([text, " ", called]);
  end
end

function by_gnuplot (h, format, size, scale, file)
  persistent is_first = true;
  if (is_first)
    is_first = false;
    __k_lasting_gnuplot__ ();  # it starts while Octave asks another one what it can
  end
  point = 4 / 3;  # lines are measured in points, as texts are; gnuplot takes it for pixels, and draws them faint
  known = __k_gnuplot_terminals__ ();
  ## The font is that of axes: the space around texts is measured by it, and labels would stand at the figure's edge.
  switch (format)
    case "png"
      if (any (strcmp (known, "pngcairo")))
        kind = "pngcairo";
      else
        kind = "png";
      end
      options = sprintf ("enhanced font \",10\" size %d,%d fontscale %g linewidth %g pointscale %g", ...
                         round (size * scale), scale, scale * point, scale);
    case "svg"
      kind = "svg";
      options = sprintf ("enhanced font \",10\" size %d,%d fontscale %g linewidth %g", size, point, point);
    case "jpg"
      kind = "jpeg";
      options = sprintf ("enhanced size %d,%d fontscale %g linewidth %g", round (size * scale), scale, scale * point);
    case "pdf"
      kind = "pdfcairo";
      options = sprintf ("enhanced size %gin,%gin", size / 96);
  end
  if (any (strcmp (known, kind)))
    term = [kind " " options];
    changed = __k_for_gnuplot__ (h);
    unwind_protect
      if (! __k_by_lasting_gnuplot__ (h, term, file))
        __k_by_gnuplot__ (h, term, file);
      end
    unwind_protect_cleanup
      __k_for_gnuplot__ (h, changed);
    end_unwind_protect
  end
  if (! is_there (file))
    by_print (h, format, size, scale, file);
  elseif (strcmp (format, "svg"))
    name_fonts (file);
  end
end

function name_fonts (file)
  ## gnuplot gives bold and slanted text no font but that, and browsers take one that is unlike all others.
  text = regexprep (fileread (file), 'font-family="(:[^"]*)?"', 'font-family="Arial"');
  f = fopen (file, "w");
  fputs (f, text);
  fclose (f);
end

function by_print (h, format, size, scale, file)
  if (any (strcmp (format, {"png", "jpg"})))
    print (h, file, ["-d" format], sprintf ("-S%d,%d", round (size * scale)));
  else
    print (h, file, ["-d" format]);
  end
  if (! is_there (file))
    error ("%s made no %s of it", get (h, "__graphics_toolkit__"), format);
  end
end

function yes = is_there (file)
  found = stat (file);
  yes = ! isempty (found) && found.size > 0;
end

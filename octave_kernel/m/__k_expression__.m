## text = __k_expression__ (CODE): what an expression gives in the workspace, as disp shows it, or its error. Keys and
## values in turn, each ended by NUL.
function text = __k_expression__ (code)
  try
    value = evalin ("base", code);
    told = {"value", disp(value)};
  catch problem
    told = {"ename", problem.identifier, "evalue", problem.message};
  end
  text = sprintf ("%s\0", told{:});
end

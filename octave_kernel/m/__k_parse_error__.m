## problem = __k_parse_error__ (PROBLEM): source does not always say what is wrong; the parser does.
function problem = __k_parse_error__ (problem)
  file = regexp (problem.message, "'(.*)'", "tokens", "once");
  try
    __parse_file__ (file{1});
  catch found
    problem.message = found.message;
  end
end

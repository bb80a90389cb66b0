## value = __k_inspect_part__ (VALUE): as much of it as people read.
function value = __k_inspect_part__ (value)
  if ((isnumeric (value) || ischar (value) || iscell (value) || islogical (value)) && numel (value) > 1000)
    if (isvector (value))
      value = value(1:1000);
    else
      value = value(1:min(end,20),1:min(end,20));
    end
  end
end

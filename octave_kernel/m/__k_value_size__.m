## bytes = __k_value_size__ (VALUE): how many dimensions it has, and each.
function bytes = __k_value_size__ (value)
  bytes = typecast (uint64 ([ndims(value), size(value)]), "uint8");
end

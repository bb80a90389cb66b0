## __k_far_remove__ (NAMES...): files of the session are not needed any more.
function __k_far_remove__ (varargin)
  for k = 1:numel (varargin)
    [~, ~] = unlink (fullfile (__k_here__ ().path, varargin{k}));
  end
end

## __k_reread__ (): look which files are in the folders of the path.
function __k_reread__ ()
  rehash ();
end

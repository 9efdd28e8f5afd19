"""SQL, the memory of Etude; imports only `jobs`, and no numpy."""

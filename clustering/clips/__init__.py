"""Films made from a result: shots as files, a reel, and a film with names drawn into it."""

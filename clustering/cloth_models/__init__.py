"""Networks of clothes and bodies: from a picture and its faces to cloth vectors."""

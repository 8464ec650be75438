"""A library: many films and folders of photos, and one identity of their people.

What happens, from top to bottom; ``library.py`` has a method for each:

- ``add``: ``adding.py`` finds what is new (``scan.py``), lets workers look at it, notes each
  result, and takes in what users decided in their own results (``exchange.py``). ``changing.py``
  then finds who is who, writes it down, and writes names into the films' results.
- A decision: ``deciding.py`` checks it and writes it down; ``changing.py`` does the rest.
- Who is who: ``finding.py``, by those names in films that count (``film_names.py``), and by
  what decisions mean and the faces (``clustering/identity``).
- ``show``: ``loaded.py`` reads what is needed, ``moments.py`` finds where people are seen,
  ``shown.py`` lists it. ``combined.py`` makes one result of several, to be exported.
- ``who``: ``recognised.py`` finds people in what is not added, and compares them with everybody.
- What is said of all this: ``wording.py``, ``status.py``.
"""

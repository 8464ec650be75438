"""What a library keeps on disk: a module for each file, and ``places.py`` for their paths.

``head.py`` (networks and settings), ``catalogue.py`` (films and photos, each as in ``sources.py``),
``people.py`` (who there is, and who of which film is whom), ``decisions.py``, ``index.py`` (what is
computed of each film: ``summary.py``, ``moment_rows.py``, ``vectors.py``). ``originals.py`` finds
the users' own results.
"""

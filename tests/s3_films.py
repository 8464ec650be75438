"""Adds a film of a bucket to a library, from a server of this machine.

    python s3_films.py FOLDER

A process of its own: s3fs leaves a thread.
"""

import os
import sys
from pathlib import Path

import fsspec
from castlist.clustering.library.library import Library
from castlist.data.demo import __path__ as demo
from moto.server import ThreadedMotoServer


def main(folder):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
    }  # fmt: skip
    try:
        add(folder, fsspec.filesystem("s3"))
    finally:
        server.stop()


def add(folder, system):
    system.mkdir("bucket")
    system.put_file(str(Path(next(iter(demo)), "scene.mp4")), "bucket/films/scene.mp4")
    options = {"cache": folder / "cache", "fps": 1, "end": 2}
    first = Library(folder / "lib").add("s3://bucket/films/", **options)
    second = Library(folder / "lib").add("s3://bucket/films/scene.mp4", **options)
    apart = Library(folder / "other").add("s3://bucket/films/", jobs=2, **options)
    print(
        f"looked at {len(first.looked_at)}, then known {second.num_known};"
        f" looked at in a process {len(apart.looked_at)}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Adds films to a library by a Ray cluster of two nodes of this machine; one is killed midway.

    python ray_nodes.py LIB CACHE FILM...

Prints how many nodes were left at the end. A process of its own: Ray leaves threads and variables.
"""

import os
import sys
from pathlib import Path

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

from castlist.clustering.library.library import Library
from ray.cluster_utils import Cluster

NODE = {"num_cpus": 1, "object_store_memory": 80_000_000}


def main(root, cache, *films):
    cluster = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    nodes = [cluster.add_node(**NODE)]
    cluster.wait_for_nodes()

    def kill_one(step, completed, _total):
        if step == "looking at films" and completed and nodes:
            cluster.remove_node(nodes.pop(), allow_graceful=False)

    try:
        done = Library(root).add(
            films,
            engine="ray",
            address=cluster.address,
            cache=cache,
            progress=kill_one,
            fps=1,
            end=2,
        )
        assert done.is_whole, done.failed
        print("nodes left:", len(cluster.list_all_nodes()))
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

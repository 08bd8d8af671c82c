"""The page at /_localcloud/: what this cloud holds and does, live, for a person's eyes.

It only reads: the services' own stores and read operations, in a thread, in bounded lists.
"""


def install() -> None:
    from localcloud.page import routes  # it needs MiniStack, which the drawing of graphs does not

    routes.install()

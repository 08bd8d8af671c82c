"""A resource that takes a while, and a version of it that never works."""

import time


def begin(event, context):
    if event["RequestType"] == "Delete":
        return {}
    started = {"Started": str(time.time()), "Greeting": "hello"}
    return {"PhysicalResourceId": "slow", "Data": started}


def ended(event, context):
    if event["RequestType"] == "Delete":
        return {"IsComplete": True}
    if event["ResourceProperties"]["Version"] == "broken":
        raise RuntimeError("it will never be complete")
    return {"IsComplete": time.time() - float(event["Data"]["Started"]) > 0.5}

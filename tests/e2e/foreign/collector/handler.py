"""Measures an object that was put into the bucket."""

import os
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        item = {"key": key, "size": len(body), "label": os.environ["LABEL"]}
        table.put_item(Item=item)
        print(f"measured {key}")

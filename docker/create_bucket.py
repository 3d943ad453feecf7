"""Makes the bucket of PAUTA_DATA, if it is not there yet."""

import os
from urllib.parse import urlparse

import boto3

bucket = urlparse(os.environ["PAUTA_DATA"]).netloc
client = boto3.client("s3")
if bucket not in {found["Name"] for found in client.list_buckets()["Buckets"]}:
    client.create_bucket(Bucket=bucket)
    print(f"made bucket {bucket}")

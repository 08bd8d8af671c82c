"""The prediction log: records go from the function's log by Firehose into Parquet in the lake."""

from aws_cdk import Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import grants
from infra.site import Site
from penstock import layout
from penstock.record import glue_columns

_HIVE = "org.apache.hadoop.hive.ql.io.parquet"
_Processor = firehose.CfnDeliveryStream.ProcessorProperty
_Parameter = firehose.CfnDeliveryStream.ProcessorParameterProperty


class PredictionLog(Construct):
    """The caller of a prediction waits for none of this."""

    def __init__(self, scope: Construct, id: str, *, site: Site, log_group: logs.LogGroup) -> None:
        super().__init__(scope, id)
        self._site = site
        self.table = self._table()
        self.role = grants.role(self, "DeliveryRole", "firehose.amazonaws.com")
        self.stream = self._stream()
        self._subscribe(log_group)

    def _table(self) -> glue.CfnTable:
        """Hours of arrival are partitions that Athena computes: nothing has to register them."""
        site = self._site
        where = (
            f"s3://{site.platform.lake.bucket_name}/{layout.predictions_prefix(site.usecase.name)}"
        )
        columns = glue_columns([(c.name, c.type, c.personal) for c in site.usecase.columns])
        return glue.CfnTable(
            self,
            "Predictions",
            catalog_id=Stack.of(self).account,
            database_name=site.platform.database.ref,
            table_input=glue.CfnTable.TableInputProperty(
                name=f"predictions_{site.usecase.name.replace('-', '_')}",
                description=f"Every answer of {site.usecase.name}, with its inputs",
                table_type="EXTERNAL_TABLE",
                parameters={
                    "classification": "parquet",
                    "projection.enabled": "true",
                    "projection.arrived.type": "date",
                    "projection.arrived.format": "yyyy/MM/dd/HH",
                    "projection.arrived.range": "2026/01/01/00,NOW",
                    "projection.arrived.interval": "1",
                    "projection.arrived.interval.unit": "HOURS",
                    "storage.location.template": f"{where}${{arrived}}/",
                },
                partition_keys=[glue.CfnTable.ColumnProperty(name="arrived", type="string")],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=where,
                    columns=[
                        glue.CfnTable.ColumnProperty(name=name, type=type_)
                        for name, type_ in columns.items()
                    ],
                    input_format=f"{_HIVE}.MapredParquetInputFormat",
                    output_format=f"{_HIVE}.MapredParquetOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=f"{_HIVE}.serde.ParquetHiveSerDe"
                    ),
                ),
            ),
        )

    def _stream(self) -> firehose.CfnDeliveryStream:
        site, usecase = self._site, self._site.usecase.name
        lake, prefix = site.platform.lake, layout.predictions_prefix(usecase)
        rejected = f"{layout.rejected_prefix(usecase)}{layout.PREDICTIONS}/"
        grants.write(self.role, lake, prefix, rejected)
        grants.read(self.role, lake, prefix, rejected)
        grants.list_objects(self.role, lake, prefix, rejected)
        grants.allow(
            self.role,
            "s3:AbortMultipartUpload",
            on=grants.object_arns(lake, [prefix, rejected]),
            why=grants.BY_PREFIX,
        )
        grants.allow(
            self.role, "s3:GetBucketLocation", "s3:ListBucketMultipartUploads", on=[lake.bucket_arn]
        )
        table = self.table.ref
        database = site.platform.database.ref
        grants.allow(
            self.role,
            "glue:GetTable",
            "glue:GetTableVersion",
            "glue:GetTableVersions",
            on=[
                site.arn(self, "glue", "catalog"),
                site.arn(self, "glue", f"database/{database}"),
                site.arn(self, "glue", f"table/{database}/{table}"),
            ],
        )
        stream = firehose.CfnDeliveryStream(
            self,
            "Delivery",
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=(
                firehose.CfnDeliveryStream.DeliveryStreamEncryptionConfigurationInputProperty(
                    key_type="AWS_OWNED_CMK"
                )
            ),
            extended_s3_destination_configuration=(
                firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty(
                    bucket_arn=lake.bucket_arn,
                    role_arn=self.role.role_arn,
                    prefix=f"{prefix}!{{timestamp:yyyy/MM/dd/HH}}/",
                    error_output_prefix=f"{rejected}!{{firehose:error-output-type}}/",
                    # The least that conversion to Parquet allows, and the longest wait.
                    buffering_hints=firehose.CfnDeliveryStream.BufferingHintsProperty(
                        size_in_m_bs=64, interval_in_seconds=900
                    ),
                    encryption_configuration=firehose.CfnDeliveryStream.EncryptionConfigurationProperty(
                        kms_encryption_config=firehose.CfnDeliveryStream.KMSEncryptionConfigProperty(
                            awskms_key_arn=site.platform.key.key_arn
                        )
                    ),
                    processing_configuration=_unpacked(),
                    data_format_conversion_configuration=_parquet(
                        role=self.role.role_arn, database=database, table=table, scope=self
                    ),
                )
            ),
        )
        stream.node.add_dependency(self.role)
        return stream

    def _subscribe(self, log_group: logs.LogGroup) -> None:
        """Records only: what else a Lambda prints has no prediction_id."""
        role = grants.role(
            self,
            "SubscriptionRole",
            "logs.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
        )
        grants.allow(role, "firehose:PutRecord", on=[self.stream.attr_arn])
        subscription = logs.CfnSubscriptionFilter(
            self,
            "Records",
            log_group_name=log_group.log_group_name,
            destination_arn=self.stream.attr_arn,
            role_arn=role.role_arn,
            filter_pattern='{ $.prediction_id = "*" }',
        )
        subscription.node.add_dependency(role)


def _unpacked() -> firehose.CfnDeliveryStream.ProcessingConfigurationProperty:
    """CloudWatch Logs sends gzipped envelopes; what is wanted are the lines in them."""
    return firehose.CfnDeliveryStream.ProcessingConfigurationProperty(
        enabled=True,
        processors=[
            _Processor(
                type="Decompression",
                parameters=[_Parameter(parameter_name="CompressionFormat", parameter_value="GZIP")],
            ),
            _Processor(
                type="CloudWatchLogProcessing",
                parameters=[
                    _Parameter(parameter_name="DataMessageExtraction", parameter_value="true")
                ],
            ),
        ],
    )


def _parquet(
    *, role: str, database: str, table: str, scope: Construct
) -> firehose.CfnDeliveryStream.DataFormatConversionConfigurationProperty:
    stack = Stack.of(scope)
    stream = firehose.CfnDeliveryStream
    return stream.DataFormatConversionConfigurationProperty(
        enabled=True,
        schema_configuration=stream.SchemaConfigurationProperty(
            catalog_id=stack.account,
            database_name=database,
            region=stack.region,
            role_arn=role,
            table_name=table,
            version_id="LATEST",
        ),
        input_format_configuration=stream.InputFormatConfigurationProperty(
            deserializer=stream.DeserializerProperty(
                open_x_json_ser_de=stream.OpenXJsonSerDeProperty()
            )
        ),
        output_format_configuration=stream.OutputFormatConfigurationProperty(
            serializer=stream.SerializerProperty(
                parquet_ser_de=stream.ParquetSerDeProperty(compression="SNAPPY")
            )
        ),
    )

/** What the service keeps: the table of records and the bucket of shards. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface StorageProps {
  /** Whether both stay when the stack is destroyed. */
  readonly retain: boolean;
  readonly deletionProtection: boolean;
}

export class Storage extends Construct {
  readonly table: TableV2;
  readonly shards: Bucket;

  constructor(scope: Construct, id: string, { retain, deletionProtection }: StorageProps) {
    super(scope, id);
    const removalPolicy = retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.table = new TableV2(this, 'Records', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expires',
      deletionProtection,
      removalPolicy,
    });
    // Without versions: a shard that is deleted holds vectors of deleted faces and must be gone.
    this.shards = new Bucket(this, 'Shards', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy,
    });
    Validations.of(this.shards).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Only functions of this stack read and write shards, and they log what they do; an access log would need a second bucket and cost more than the shards.',
    });
  }
}

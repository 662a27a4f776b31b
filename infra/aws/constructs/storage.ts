/** What the service keeps: the table of records, the bucket of shards, and perhaps an audit trail. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AttributeType, Billing, CfnGlobalTable, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface StorageProps {
  /** Whether both stay when the stack is destroyed. */
  readonly retain: boolean;
  readonly deletionProtection: boolean;
  /** Of the owner's; undefined for those of AWS. */
  readonly key: IKey | undefined;
  /** Whether there is an audit trail. */
  readonly audited: boolean;
}

/** What stays when the stack is destroyed goes all the same when the stack could not be made. */
export function removal(retain: boolean): RemovalPolicy {
  return retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}

/** How a bucket is encrypted. */
export function encrypted(key: IKey | undefined) {
  return key === undefined
    ? { encryption: BucketEncryption.S3_MANAGED }
    : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true };
}

export class Storage extends Construct {
  readonly table: TableV2;
  readonly shards: Bucket;
  /** A table of its own: functions may add to it and do nothing else. */
  readonly audit: TableV2 | undefined;
  /** That all are encrypted with, if it is the owner's. */
  readonly key: IKey | undefined;

  constructor(scope: Construct, id: string, props: StorageProps) {
    super(scope, id);
    const { retain, deletionProtection, key, audited } = props;
    this.key = key;
    const removalPolicy = removal(retain);
    const table = {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expires',
      deletionProtection,
      removalPolicy,
    };
    this.table = new TableV2(this, 'Records', table);
    this.audit = audited ? new TableV2(this, 'Audit', table) : undefined;
    if (key !== undefined) {
      encryptTable(this.table, key);
      if (this.audit !== undefined) encryptTable(this.audit, key);
    }
    // Without versions: a shard that is deleted holds vectors of deleted faces and must be gone.
    this.shards = new Bucket(this, 'Shards', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      ...encrypted(key),
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

/** The CDK's own way wants to know the region. */
function encryptTable(table: TableV2, key: IKey): void {
  const resource = table.node.defaultChild;
  if (!(resource instanceof CfnGlobalTable))
    throw new TypeError('The table is made of something else.');
  resource.addPropertyOverride('SSESpecification', { SSEEnabled: true, SSEType: 'KMS' });
  resource.addPropertyOverride('Replicas.0.SSESpecification', { KMSMasterKeyId: key.keyArn });
}

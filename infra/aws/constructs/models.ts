/** The bucket of face models that are too large for the layer. `recollect models upload` puts them there. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export class Models extends Construct {
  readonly bucket: Bucket;
  /** Of the objects that functions read. */
  readonly keys: readonly string[];

  constructor(scope: Construct, id: string, keys: readonly string[]) {
    super(scope, id);
    this.keys = keys;
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      // A bucket with something in it cannot be destroyed.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds public networks, which only functions of this stack read at their start.',
    });
  }
}

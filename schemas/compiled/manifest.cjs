/* eslint-disable */
/* Generated from schemas/ by `npm run generate`; edit the schema instead. */
'use strict';
exports.manifest = validate20;
const schema31 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://sluice.invalid/schemas/manifest.schema.json',
  title: 'ManifestFile',
  type: 'object',
  additionalProperties: false,
  properties: {
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
      patternErrorMessage:
        "letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 63 characters",
    },
    previously: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
      patternErrorMessage:
        "letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 63 characters",
    },
    run: {
      type: ['string', 'integer'],
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
      patternErrorMessage:
        "letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 63 characters",
    },
    username: {
      type: 'string',
      pattern: '^[^\\s@:-][^\\s@:]*$',
      patternErrorMessage: "a login name: no blanks, no '@', no ':'",
    },
    private_key: { type: 'string', pattern: '^[^\\n\\t]+$', patternErrorMessage: 'one line of text' },
    passphrase: {
      type: ['string', 'object'],
      minLength: 1,
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: false,
      properties: {
        env: {
          type: 'string',
          pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
          patternErrorMessage: 'the name of an environment variable',
        },
        file: { type: 'string', minLength: 1 },
      },
    },
    user_mail: {
      type: ['string', 'array'],
      pattern: '^[^\\s@,;<>]+@[^\\s@,;<>]+$',
      patternErrorMessage: 'an address such as jane@example.org',
      items: {
        type: 'string',
        pattern: '^[^\\s@,;<>]+@[^\\s@,;<>]+$',
        patternErrorMessage: 'an address such as jane@example.org',
      },
    },
    destination_cluster: {
      type: ['string', 'array'],
      minLength: 1,
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', minLength: 1 },
    },
    alternates: { type: ['string', 'array'], items: { type: 'string', minLength: 1 }, uniqueItems: true },
    job: { type: 'string', minLength: 1, pattern: '^[^\\n\\t]+$', patternErrorMessage: 'one line of text' },
    setup: { $ref: '#/$defs/commands' },
    requirements: { $ref: '#/$defs/commands' },
    compilation: { $ref: '#/$defs/commands' },
    execution: { $ref: '#/$defs/commands' },
    output: {
      type: ['string', 'array', 'null'],
      minLength: 1,
      items: {
        type: ['string', 'object'],
        minLength: 1,
        required: ['path'],
        additionalProperties: false,
        properties: { path: { type: 'string', minLength: 1 }, optional: { type: 'boolean' } },
      },
    },
    resources: { $ref: '#/$defs/resources' },
    environment: { $ref: '#/$defs/environment' },
    per_cluster: {
      type: ['object', 'null'],
      additionalProperties: {
        type: ['object', 'null'],
        additionalProperties: false,
        properties: {
          resources: { $ref: '#/$defs/resources' },
          setup: { $ref: '#/$defs/commands' },
          environment: { $ref: '#/$defs/environment' },
        },
      },
    },
    modules: {
      type: ['object', 'string', 'null'],
      minLength: 1,
      additionalProperties: false,
      properties: {
        staging: { $ref: '#/$defs/stage' },
        preprocessing: { $ref: '#/$defs/stage' },
        postprocessing: { $ref: '#/$defs/stage' },
      },
    },
    kwargs: {},
    labels: {
      type: ['object', 'null'],
      propertyNames: {
        pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$',
        patternErrorMessage:
          "letters, digits, '.', '_', '/' and '-', beginning with a letter or digit, at most 63 characters",
      },
      additionalProperties: {
        type: ['string', 'number', 'boolean'],
        maxLength: 255,
        pattern: '^[^\\n]*$',
        patternErrorMessage: 'one line of text',
      },
    },
    suspend: { type: 'boolean' },
    prepare_on: { enum: ['login', 'job'] },
    fetch_on: { enum: ['auto', 'login', 'here'] },
    retry: {
      type: 'object',
      additionalProperties: false,
      properties: {
        attempts: { type: 'integer', minimum: 1, maximum: 100 },
        on: { type: ['string', 'array'], items: { type: 'string' } },
        backoff: {
          type: 'string',
          pattern:
            '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
          'x-unit': 'duration',
        },
      },
    },
    on_edit: { enum: ['keep', 'replace'] },
    on_delete: { enum: ['finish', 'cancel', 'orphan'] },
    on_cluster_lost: { enum: ['wait', 'failover'] },
    depends_on: {
      type: ['string', 'array'],
      minLength: 1,
      items: {
        type: ['string', 'object'],
        minLength: 1,
        additionalProperties: false,
        required: ['name'],
        properties: {
          name: { type: 'string', minLength: 1 },
          when: { enum: ['succeeded', 'finished', 'failed'] },
        },
      },
    },
  },
  $defs: {
    commands: { type: ['string', 'array', 'null'], minLength: 1, items: { type: 'string', minLength: 1 } },
    environment: {
      type: ['object', 'null'],
      propertyNames: {
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        patternErrorMessage: "a variable's name has letters, digits and '_' and does not begin with a digit",
      },
      additionalProperties: { type: ['string', 'number', 'boolean'] },
    },
    sbatch_options: {
      type: ['object', 'null'],
      propertyNames: {
        pattern: '^[A-Za-z][A-Za-z0-9-]*$',
        patternErrorMessage:
          "write the long option's name with '-' inside and without dashes in front, such as mail-type",
      },
      additionalProperties: {
        type: ['string', 'number', 'boolean'],
        minLength: 1,
        pattern: '^[^\\n\\t]+$',
        patternErrorMessage: 'one line of text',
      },
    },
    resources: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: {
        nbr_jobs_in_array: { type: 'integer', minimum: 1, maximum: 4000000 },
        duration: {
          type: 'string',
          pattern:
            '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
          'x-unit': 'duration',
        },
        nbr_processes: { type: 'integer', minimum: 1, maximum: 10000000 },
        nbr_threads_per_process: { type: 'integer', minimum: 1, maximum: 100000 },
        memory_per_thread: {
          type: 'string',
          pattern: '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$',
          'x-unit': 'memory',
        },
        distribution: { enum: ['grouped', 'scattered', 'distributed'] },
        nbr_of_nodes: { type: 'integer', minimum: 1, maximum: 1000000 },
        partition: {
          type: 'string',
          pattern: '^[^\\s-][^\\s]*$',
          patternErrorMessage: "a partition's name, or several joined by commas, without blanks",
        },
        sbatch_options: { $ref: '#/$defs/sbatch_options' },
      },
    },
    module: {
      type: 'object',
      additionalProperties: false,
      required: ['module', 'execution'],
      properties: {
        module: { type: 'string', pattern: '^[^\\n\\t]+$', patternErrorMessage: 'one line of text' },
        compilation: { type: 'string', minLength: 1 },
        execution: { type: 'string', minLength: 1 },
        time_limit: {
          type: 'string',
          pattern:
            '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
          'x-unit': 'duration',
        },
      },
    },
    stage: {
      type: ['object', 'array', 'null'],
      propertyNames: {
        pattern: '^[0-9]+$',
        patternErrorMessage: 'number the modules of a stage 1, 2, 3 …, or write a list',
      },
      additionalProperties: { $ref: '#/$defs/module' },
      items: { $ref: '#/$defs/module' },
    },
    stages: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: {
        staging: { $ref: '#/$defs/stage' },
        preprocessing: { $ref: '#/$defs/stage' },
        postprocessing: { $ref: '#/$defs/stage' },
      },
    },
  },
};
const schema32 = { type: ['string', 'array', 'null'], minLength: 1, items: { type: 'string', minLength: 1 } };
const schema38 = {
  type: ['object', 'null'],
  propertyNames: {
    pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
    patternErrorMessage: "a variable's name has letters, digits and '_' and does not begin with a digit",
  },
  additionalProperties: { type: ['string', 'number', 'boolean'] },
};
const func1 = Object.prototype.hasOwnProperty;
const func2 = require('ajv/dist/runtime/ucs2length').default;
const pattern4 = new RegExp('^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$', 'u');
const pattern7 = new RegExp('^[^\\s@:-][^\\s@:]*$', 'u');
const pattern8 = new RegExp('^[^\\n\\t]+$', 'u');
const pattern9 = new RegExp('^[A-Za-z_][A-Za-z0-9_]*$', 'u');
const pattern10 = new RegExp('^[^\\s@,;<>]+@[^\\s@,;<>]+$', 'u');
const pattern25 = new RegExp('^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$', 'u');
const pattern26 = new RegExp('^[^\\n]*$', 'u');
const pattern13 = new RegExp(
  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
  'u',
);
const schema36 = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    nbr_jobs_in_array: { type: 'integer', minimum: 1, maximum: 4000000 },
    duration: {
      type: 'string',
      pattern:
        '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
      'x-unit': 'duration',
    },
    nbr_processes: { type: 'integer', minimum: 1, maximum: 10000000 },
    nbr_threads_per_process: { type: 'integer', minimum: 1, maximum: 100000 },
    memory_per_thread: {
      type: 'string',
      pattern: '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$',
      'x-unit': 'memory',
    },
    distribution: { enum: ['grouped', 'scattered', 'distributed'] },
    nbr_of_nodes: { type: 'integer', minimum: 1, maximum: 1000000 },
    partition: {
      type: 'string',
      pattern: '^[^\\s-][^\\s]*$',
      patternErrorMessage: "a partition's name, or several joined by commas, without blanks",
    },
    sbatch_options: { $ref: '#/$defs/sbatch_options' },
  },
};
const schema37 = {
  type: ['object', 'null'],
  propertyNames: {
    pattern: '^[A-Za-z][A-Za-z0-9-]*$',
    patternErrorMessage:
      "write the long option's name with '-' inside and without dashes in front, such as mail-type",
  },
  additionalProperties: {
    type: ['string', 'number', 'boolean'],
    minLength: 1,
    pattern: '^[^\\n\\t]+$',
    patternErrorMessage: 'one line of text',
  },
};
const pattern14 = new RegExp('^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$', 'u');
const pattern15 = new RegExp('^[^\\s-][^\\s]*$', 'u');
const pattern16 = new RegExp('^[A-Za-z][A-Za-z0-9-]*$', 'u');

function validate21(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate21.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (!(data && typeof data == 'object' && !Array.isArray(data)) && data !== null) {
    const err0 = {
      instancePath,
      schemaPath: '#/type',
      keyword: 'type',
      params: { type: schema36.type },
      message: 'must be object,null',
      schema: schema36.type,
      parentSchema: schema36,
      data,
    };
    if (vErrors === null) {
      vErrors = [err0];
    } else {
      vErrors.push(err0);
    }
    errors++;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!func1.call(schema36.properties, key0)) {
        const err1 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
          message: 'must NOT have additional properties',
          schema: false,
          parentSchema: schema36,
          data,
        };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
    }
    if (data.nbr_jobs_in_array !== undefined) {
      let data0 = data.nbr_jobs_in_array;
      if (!(typeof data0 == 'number' && !(data0 % 1) && !isNaN(data0) && isFinite(data0))) {
        const err2 = {
          instancePath: instancePath + '/nbr_jobs_in_array',
          schemaPath: '#/properties/nbr_jobs_in_array/type',
          keyword: 'type',
          params: { type: 'integer' },
          message: 'must be integer',
          schema: schema36.properties.nbr_jobs_in_array.type,
          parentSchema: schema36.properties.nbr_jobs_in_array,
          data: data0,
        };
        if (vErrors === null) {
          vErrors = [err2];
        } else {
          vErrors.push(err2);
        }
        errors++;
      }
      if (typeof data0 == 'number' && isFinite(data0)) {
        if (data0 > 4000000 || isNaN(data0)) {
          const err3 = {
            instancePath: instancePath + '/nbr_jobs_in_array',
            schemaPath: '#/properties/nbr_jobs_in_array/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 4000000 },
            message: 'must be <= 4000000',
            schema: 4000000,
            parentSchema: schema36.properties.nbr_jobs_in_array,
            data: data0,
          };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
        if (data0 < 1 || isNaN(data0)) {
          const err4 = {
            instancePath: instancePath + '/nbr_jobs_in_array',
            schemaPath: '#/properties/nbr_jobs_in_array/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 1 },
            message: 'must be >= 1',
            schema: 1,
            parentSchema: schema36.properties.nbr_jobs_in_array,
            data: data0,
          };
          if (vErrors === null) {
            vErrors = [err4];
          } else {
            vErrors.push(err4);
          }
          errors++;
        }
      }
    }
    if (data.duration !== undefined) {
      let data1 = data.duration;
      if (typeof data1 === 'string') {
        if (!pattern13.test(data1)) {
          const err5 = {
            instancePath: instancePath + '/duration',
            schemaPath: '#/properties/duration/pattern',
            keyword: 'pattern',
            params: {
              pattern:
                '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
            },
            message:
              'must match pattern "' +
              '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$' +
              '"',
            schema:
              '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
            parentSchema: schema36.properties.duration,
            data: data1,
          };
          if (vErrors === null) {
            vErrors = [err5];
          } else {
            vErrors.push(err5);
          }
          errors++;
        }
      } else {
        const err6 = {
          instancePath: instancePath + '/duration',
          schemaPath: '#/properties/duration/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema36.properties.duration.type,
          parentSchema: schema36.properties.duration,
          data: data1,
        };
        if (vErrors === null) {
          vErrors = [err6];
        } else {
          vErrors.push(err6);
        }
        errors++;
      }
    }
    if (data.nbr_processes !== undefined) {
      let data2 = data.nbr_processes;
      if (!(typeof data2 == 'number' && !(data2 % 1) && !isNaN(data2) && isFinite(data2))) {
        const err7 = {
          instancePath: instancePath + '/nbr_processes',
          schemaPath: '#/properties/nbr_processes/type',
          keyword: 'type',
          params: { type: 'integer' },
          message: 'must be integer',
          schema: schema36.properties.nbr_processes.type,
          parentSchema: schema36.properties.nbr_processes,
          data: data2,
        };
        if (vErrors === null) {
          vErrors = [err7];
        } else {
          vErrors.push(err7);
        }
        errors++;
      }
      if (typeof data2 == 'number' && isFinite(data2)) {
        if (data2 > 10000000 || isNaN(data2)) {
          const err8 = {
            instancePath: instancePath + '/nbr_processes',
            schemaPath: '#/properties/nbr_processes/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 10000000 },
            message: 'must be <= 10000000',
            schema: 10000000,
            parentSchema: schema36.properties.nbr_processes,
            data: data2,
          };
          if (vErrors === null) {
            vErrors = [err8];
          } else {
            vErrors.push(err8);
          }
          errors++;
        }
        if (data2 < 1 || isNaN(data2)) {
          const err9 = {
            instancePath: instancePath + '/nbr_processes',
            schemaPath: '#/properties/nbr_processes/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 1 },
            message: 'must be >= 1',
            schema: 1,
            parentSchema: schema36.properties.nbr_processes,
            data: data2,
          };
          if (vErrors === null) {
            vErrors = [err9];
          } else {
            vErrors.push(err9);
          }
          errors++;
        }
      }
    }
    if (data.nbr_threads_per_process !== undefined) {
      let data3 = data.nbr_threads_per_process;
      if (!(typeof data3 == 'number' && !(data3 % 1) && !isNaN(data3) && isFinite(data3))) {
        const err10 = {
          instancePath: instancePath + '/nbr_threads_per_process',
          schemaPath: '#/properties/nbr_threads_per_process/type',
          keyword: 'type',
          params: { type: 'integer' },
          message: 'must be integer',
          schema: schema36.properties.nbr_threads_per_process.type,
          parentSchema: schema36.properties.nbr_threads_per_process,
          data: data3,
        };
        if (vErrors === null) {
          vErrors = [err10];
        } else {
          vErrors.push(err10);
        }
        errors++;
      }
      if (typeof data3 == 'number' && isFinite(data3)) {
        if (data3 > 100000 || isNaN(data3)) {
          const err11 = {
            instancePath: instancePath + '/nbr_threads_per_process',
            schemaPath: '#/properties/nbr_threads_per_process/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 100000 },
            message: 'must be <= 100000',
            schema: 100000,
            parentSchema: schema36.properties.nbr_threads_per_process,
            data: data3,
          };
          if (vErrors === null) {
            vErrors = [err11];
          } else {
            vErrors.push(err11);
          }
          errors++;
        }
        if (data3 < 1 || isNaN(data3)) {
          const err12 = {
            instancePath: instancePath + '/nbr_threads_per_process',
            schemaPath: '#/properties/nbr_threads_per_process/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 1 },
            message: 'must be >= 1',
            schema: 1,
            parentSchema: schema36.properties.nbr_threads_per_process,
            data: data3,
          };
          if (vErrors === null) {
            vErrors = [err12];
          } else {
            vErrors.push(err12);
          }
          errors++;
        }
      }
    }
    if (data.memory_per_thread !== undefined) {
      let data4 = data.memory_per_thread;
      if (typeof data4 === 'string') {
        if (!pattern14.test(data4)) {
          const err13 = {
            instancePath: instancePath + '/memory_per_thread',
            schemaPath: '#/properties/memory_per_thread/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$' },
            message: 'must match pattern "' + '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$' + '"',
            schema: '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$',
            parentSchema: schema36.properties.memory_per_thread,
            data: data4,
          };
          if (vErrors === null) {
            vErrors = [err13];
          } else {
            vErrors.push(err13);
          }
          errors++;
        }
      } else {
        const err14 = {
          instancePath: instancePath + '/memory_per_thread',
          schemaPath: '#/properties/memory_per_thread/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema36.properties.memory_per_thread.type,
          parentSchema: schema36.properties.memory_per_thread,
          data: data4,
        };
        if (vErrors === null) {
          vErrors = [err14];
        } else {
          vErrors.push(err14);
        }
        errors++;
      }
    }
    if (data.distribution !== undefined) {
      let data5 = data.distribution;
      if (!(data5 === 'grouped' || data5 === 'scattered' || data5 === 'distributed')) {
        const err15 = {
          instancePath: instancePath + '/distribution',
          schemaPath: '#/properties/distribution/enum',
          keyword: 'enum',
          params: { allowedValues: schema36.properties.distribution.enum },
          message: 'must be equal to one of the allowed values',
          schema: schema36.properties.distribution.enum,
          parentSchema: schema36.properties.distribution,
          data: data5,
        };
        if (vErrors === null) {
          vErrors = [err15];
        } else {
          vErrors.push(err15);
        }
        errors++;
      }
    }
    if (data.nbr_of_nodes !== undefined) {
      let data6 = data.nbr_of_nodes;
      if (!(typeof data6 == 'number' && !(data6 % 1) && !isNaN(data6) && isFinite(data6))) {
        const err16 = {
          instancePath: instancePath + '/nbr_of_nodes',
          schemaPath: '#/properties/nbr_of_nodes/type',
          keyword: 'type',
          params: { type: 'integer' },
          message: 'must be integer',
          schema: schema36.properties.nbr_of_nodes.type,
          parentSchema: schema36.properties.nbr_of_nodes,
          data: data6,
        };
        if (vErrors === null) {
          vErrors = [err16];
        } else {
          vErrors.push(err16);
        }
        errors++;
      }
      if (typeof data6 == 'number' && isFinite(data6)) {
        if (data6 > 1000000 || isNaN(data6)) {
          const err17 = {
            instancePath: instancePath + '/nbr_of_nodes',
            schemaPath: '#/properties/nbr_of_nodes/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 1000000 },
            message: 'must be <= 1000000',
            schema: 1000000,
            parentSchema: schema36.properties.nbr_of_nodes,
            data: data6,
          };
          if (vErrors === null) {
            vErrors = [err17];
          } else {
            vErrors.push(err17);
          }
          errors++;
        }
        if (data6 < 1 || isNaN(data6)) {
          const err18 = {
            instancePath: instancePath + '/nbr_of_nodes',
            schemaPath: '#/properties/nbr_of_nodes/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 1 },
            message: 'must be >= 1',
            schema: 1,
            parentSchema: schema36.properties.nbr_of_nodes,
            data: data6,
          };
          if (vErrors === null) {
            vErrors = [err18];
          } else {
            vErrors.push(err18);
          }
          errors++;
        }
      }
    }
    if (data.partition !== undefined) {
      let data7 = data.partition;
      if (typeof data7 === 'string') {
        if (!pattern15.test(data7)) {
          const err19 = {
            instancePath: instancePath + '/partition',
            schemaPath: '#/properties/partition/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\s-][^\\s]*$' },
            message: 'must match pattern "' + '^[^\\s-][^\\s]*$' + '"',
            schema: '^[^\\s-][^\\s]*$',
            parentSchema: schema36.properties.partition,
            data: data7,
          };
          if (vErrors === null) {
            vErrors = [err19];
          } else {
            vErrors.push(err19);
          }
          errors++;
        }
      } else {
        const err20 = {
          instancePath: instancePath + '/partition',
          schemaPath: '#/properties/partition/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema36.properties.partition.type,
          parentSchema: schema36.properties.partition,
          data: data7,
        };
        if (vErrors === null) {
          vErrors = [err20];
        } else {
          vErrors.push(err20);
        }
        errors++;
      }
    }
    if (data.sbatch_options !== undefined) {
      let data8 = data.sbatch_options;
      if (!(data8 && typeof data8 == 'object' && !Array.isArray(data8)) && data8 !== null) {
        const err21 = {
          instancePath: instancePath + '/sbatch_options',
          schemaPath: '#/$defs/sbatch_options/type',
          keyword: 'type',
          params: { type: schema37.type },
          message: 'must be object,null',
          schema: schema37.type,
          parentSchema: schema37,
          data: data8,
        };
        if (vErrors === null) {
          vErrors = [err21];
        } else {
          vErrors.push(err21);
        }
        errors++;
      }
      if (data8 && typeof data8 == 'object' && !Array.isArray(data8)) {
        for (const key1 in data8) {
          const _errs20 = errors;
          if (typeof key1 === 'string') {
            if (!pattern16.test(key1)) {
              const err22 = {
                instancePath: instancePath + '/sbatch_options',
                schemaPath: '#/$defs/sbatch_options/propertyNames/pattern',
                keyword: 'pattern',
                params: { pattern: '^[A-Za-z][A-Za-z0-9-]*$' },
                message: 'must match pattern "' + '^[A-Za-z][A-Za-z0-9-]*$' + '"',
                schema: '^[A-Za-z][A-Za-z0-9-]*$',
                parentSchema: schema37.propertyNames,
                data: key1,
                propertyName: key1,
              };
              if (vErrors === null) {
                vErrors = [err22];
              } else {
                vErrors.push(err22);
              }
              errors++;
            }
          }
          var valid2 = _errs20 === errors;
          if (!valid2) {
            const err23 = {
              instancePath: instancePath + '/sbatch_options',
              schemaPath: '#/$defs/sbatch_options/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key1 },
              message: 'property name must be valid',
              schema: schema37.propertyNames,
              parentSchema: schema37,
              data: data8,
            };
            if (vErrors === null) {
              vErrors = [err23];
            } else {
              vErrors.push(err23);
            }
            errors++;
          }
        }
        for (const key2 in data8) {
          let data9 = data8[key2];
          if (
            typeof data9 !== 'string' &&
            !(typeof data9 == 'number' && isFinite(data9)) &&
            typeof data9 !== 'boolean'
          ) {
            const err24 = {
              instancePath: instancePath + '/sbatch_options/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/$defs/sbatch_options/additionalProperties/type',
              keyword: 'type',
              params: { type: schema37.additionalProperties.type },
              message: 'must be string,number,boolean',
              schema: schema37.additionalProperties.type,
              parentSchema: schema37.additionalProperties,
              data: data9,
            };
            if (vErrors === null) {
              vErrors = [err24];
            } else {
              vErrors.push(err24);
            }
            errors++;
          }
          if (typeof data9 === 'string') {
            if (func2(data9) < 1) {
              const err25 = {
                instancePath:
                  instancePath + '/sbatch_options/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
                schemaPath: '#/$defs/sbatch_options/additionalProperties/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema37.additionalProperties,
                data: data9,
              };
              if (vErrors === null) {
                vErrors = [err25];
              } else {
                vErrors.push(err25);
              }
              errors++;
            }
            if (!pattern8.test(data9)) {
              const err26 = {
                instancePath:
                  instancePath + '/sbatch_options/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
                schemaPath: '#/$defs/sbatch_options/additionalProperties/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\n\\t]+$' },
                message: 'must match pattern "' + '^[^\\n\\t]+$' + '"',
                schema: '^[^\\n\\t]+$',
                parentSchema: schema37.additionalProperties,
                data: data9,
              };
              if (vErrors === null) {
                vErrors = [err26];
              } else {
                vErrors.push(err26);
              }
              errors++;
            }
          }
        }
      }
    }
  }
  validate21.errors = vErrors;
  return errors === 0;
}
validate21.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

const schema41 = {
  type: ['object', 'array', 'null'],
  propertyNames: {
    pattern: '^[0-9]+$',
    patternErrorMessage: 'number the modules of a stage 1, 2, 3 …, or write a list',
  },
  additionalProperties: { $ref: '#/$defs/module' },
  items: { $ref: '#/$defs/module' },
};
const schema42 = {
  type: 'object',
  additionalProperties: false,
  required: ['module', 'execution'],
  properties: {
    module: { type: 'string', pattern: '^[^\\n\\t]+$', patternErrorMessage: 'one line of text' },
    compilation: { type: 'string', minLength: 1 },
    execution: { type: 'string', minLength: 1 },
    time_limit: {
      type: 'string',
      pattern:
        '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
      'x-unit': 'duration',
    },
  },
};
const pattern22 = new RegExp('^[0-9]+$', 'u');

function validate24(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate24.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (typeof data != 'object') {
    const err0 = {
      instancePath,
      schemaPath: '#/type',
      keyword: 'type',
      params: { type: schema41.type },
      message: 'must be object,array,null',
      schema: schema41.type,
      parentSchema: schema41,
      data,
    };
    if (vErrors === null) {
      vErrors = [err0];
    } else {
      vErrors.push(err0);
    }
    errors++;
  }
  if (Array.isArray(data)) {
    const len0 = data.length;
    for (let i0 = 0; i0 < len0; i0++) {
      let data0 = data[i0];
      if (data0 && typeof data0 == 'object' && !Array.isArray(data0)) {
        if (data0.module === undefined) {
          const err1 = {
            instancePath: instancePath + '/' + i0,
            schemaPath: '#/$defs/module/required',
            keyword: 'required',
            params: { missingProperty: 'module' },
            message: "must have required property '" + 'module' + "'",
            schema: schema42.required,
            parentSchema: schema42,
            data: data0,
          };
          if (vErrors === null) {
            vErrors = [err1];
          } else {
            vErrors.push(err1);
          }
          errors++;
        }
        if (data0.execution === undefined) {
          const err2 = {
            instancePath: instancePath + '/' + i0,
            schemaPath: '#/$defs/module/required',
            keyword: 'required',
            params: { missingProperty: 'execution' },
            message: "must have required property '" + 'execution' + "'",
            schema: schema42.required,
            parentSchema: schema42,
            data: data0,
          };
          if (vErrors === null) {
            vErrors = [err2];
          } else {
            vErrors.push(err2);
          }
          errors++;
        }
        for (const key0 in data0) {
          if (!(
            key0 === 'module' ||
            key0 === 'compilation' ||
            key0 === 'execution' ||
            key0 === 'time_limit'
          )) {
            const err3 = {
              instancePath: instancePath + '/' + i0,
              schemaPath: '#/$defs/module/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key0 },
              message: 'must NOT have additional properties',
              schema: false,
              parentSchema: schema42,
              data: data0,
            };
            if (vErrors === null) {
              vErrors = [err3];
            } else {
              vErrors.push(err3);
            }
            errors++;
          }
        }
        if (data0.module !== undefined) {
          let data1 = data0.module;
          if (typeof data1 === 'string') {
            if (!pattern8.test(data1)) {
              const err4 = {
                instancePath: instancePath + '/' + i0 + '/module',
                schemaPath: '#/$defs/module/properties/module/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\n\\t]+$' },
                message: 'must match pattern "' + '^[^\\n\\t]+$' + '"',
                schema: '^[^\\n\\t]+$',
                parentSchema: schema42.properties.module,
                data: data1,
              };
              if (vErrors === null) {
                vErrors = [err4];
              } else {
                vErrors.push(err4);
              }
              errors++;
            }
          } else {
            const err5 = {
              instancePath: instancePath + '/' + i0 + '/module',
              schemaPath: '#/$defs/module/properties/module/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema42.properties.module.type,
              parentSchema: schema42.properties.module,
              data: data1,
            };
            if (vErrors === null) {
              vErrors = [err5];
            } else {
              vErrors.push(err5);
            }
            errors++;
          }
        }
        if (data0.compilation !== undefined) {
          let data2 = data0.compilation;
          if (typeof data2 === 'string') {
            if (func2(data2) < 1) {
              const err6 = {
                instancePath: instancePath + '/' + i0 + '/compilation',
                schemaPath: '#/$defs/module/properties/compilation/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema42.properties.compilation,
                data: data2,
              };
              if (vErrors === null) {
                vErrors = [err6];
              } else {
                vErrors.push(err6);
              }
              errors++;
            }
          } else {
            const err7 = {
              instancePath: instancePath + '/' + i0 + '/compilation',
              schemaPath: '#/$defs/module/properties/compilation/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema42.properties.compilation.type,
              parentSchema: schema42.properties.compilation,
              data: data2,
            };
            if (vErrors === null) {
              vErrors = [err7];
            } else {
              vErrors.push(err7);
            }
            errors++;
          }
        }
        if (data0.execution !== undefined) {
          let data3 = data0.execution;
          if (typeof data3 === 'string') {
            if (func2(data3) < 1) {
              const err8 = {
                instancePath: instancePath + '/' + i0 + '/execution',
                schemaPath: '#/$defs/module/properties/execution/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema42.properties.execution,
                data: data3,
              };
              if (vErrors === null) {
                vErrors = [err8];
              } else {
                vErrors.push(err8);
              }
              errors++;
            }
          } else {
            const err9 = {
              instancePath: instancePath + '/' + i0 + '/execution',
              schemaPath: '#/$defs/module/properties/execution/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema42.properties.execution.type,
              parentSchema: schema42.properties.execution,
              data: data3,
            };
            if (vErrors === null) {
              vErrors = [err9];
            } else {
              vErrors.push(err9);
            }
            errors++;
          }
        }
        if (data0.time_limit !== undefined) {
          let data4 = data0.time_limit;
          if (typeof data4 === 'string') {
            if (!pattern13.test(data4)) {
              const err10 = {
                instancePath: instancePath + '/' + i0 + '/time_limit',
                schemaPath: '#/$defs/module/properties/time_limit/pattern',
                keyword: 'pattern',
                params: {
                  pattern:
                    '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                },
                message:
                  'must match pattern "' +
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$' +
                  '"',
                schema:
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                parentSchema: schema42.properties.time_limit,
                data: data4,
              };
              if (vErrors === null) {
                vErrors = [err10];
              } else {
                vErrors.push(err10);
              }
              errors++;
            }
          } else {
            const err11 = {
              instancePath: instancePath + '/' + i0 + '/time_limit',
              schemaPath: '#/$defs/module/properties/time_limit/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema42.properties.time_limit.type,
              parentSchema: schema42.properties.time_limit,
              data: data4,
            };
            if (vErrors === null) {
              vErrors = [err11];
            } else {
              vErrors.push(err11);
            }
            errors++;
          }
        }
      } else {
        const err12 = {
          instancePath: instancePath + '/' + i0,
          schemaPath: '#/$defs/module/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
          schema: schema42.type,
          parentSchema: schema42,
          data: data0,
        };
        if (vErrors === null) {
          vErrors = [err12];
        } else {
          vErrors.push(err12);
        }
        errors++;
      }
    }
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key1 in data) {
      const _errs13 = errors;
      if (typeof key1 === 'string') {
        if (!pattern22.test(key1)) {
          const err13 = {
            instancePath,
            schemaPath: '#/propertyNames/pattern',
            keyword: 'pattern',
            params: { pattern: '^[0-9]+$' },
            message: 'must match pattern "' + '^[0-9]+$' + '"',
            schema: '^[0-9]+$',
            parentSchema: schema41.propertyNames,
            data: key1,
            propertyName: key1,
          };
          if (vErrors === null) {
            vErrors = [err13];
          } else {
            vErrors.push(err13);
          }
          errors++;
        }
      }
      var valid4 = _errs13 === errors;
      if (!valid4) {
        const err14 = {
          instancePath,
          schemaPath: '#/propertyNames',
          keyword: 'propertyNames',
          params: { propertyName: key1 },
          message: 'property name must be valid',
          schema: schema41.propertyNames,
          parentSchema: schema41,
          data,
        };
        if (vErrors === null) {
          vErrors = [err14];
        } else {
          vErrors.push(err14);
        }
        errors++;
      }
    }
    for (const key2 in data) {
      let data5 = data[key2];
      if (data5 && typeof data5 == 'object' && !Array.isArray(data5)) {
        if (data5.module === undefined) {
          const err15 = {
            instancePath: instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
            schemaPath: '#/$defs/module/required',
            keyword: 'required',
            params: { missingProperty: 'module' },
            message: "must have required property '" + 'module' + "'",
            schema: schema42.required,
            parentSchema: schema42,
            data: data5,
          };
          if (vErrors === null) {
            vErrors = [err15];
          } else {
            vErrors.push(err15);
          }
          errors++;
        }
        if (data5.execution === undefined) {
          const err16 = {
            instancePath: instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
            schemaPath: '#/$defs/module/required',
            keyword: 'required',
            params: { missingProperty: 'execution' },
            message: "must have required property '" + 'execution' + "'",
            schema: schema42.required,
            parentSchema: schema42,
            data: data5,
          };
          if (vErrors === null) {
            vErrors = [err16];
          } else {
            vErrors.push(err16);
          }
          errors++;
        }
        for (const key3 in data5) {
          if (!(
            key3 === 'module' ||
            key3 === 'compilation' ||
            key3 === 'execution' ||
            key3 === 'time_limit'
          )) {
            const err17 = {
              instancePath: instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/$defs/module/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key3 },
              message: 'must NOT have additional properties',
              schema: false,
              parentSchema: schema42,
              data: data5,
            };
            if (vErrors === null) {
              vErrors = [err17];
            } else {
              vErrors.push(err17);
            }
            errors++;
          }
        }
        if (data5.module !== undefined) {
          let data6 = data5.module;
          if (typeof data6 === 'string') {
            if (!pattern8.test(data6)) {
              const err18 = {
                instancePath: instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1') + '/module',
                schemaPath: '#/$defs/module/properties/module/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\n\\t]+$' },
                message: 'must match pattern "' + '^[^\\n\\t]+$' + '"',
                schema: '^[^\\n\\t]+$',
                parentSchema: schema42.properties.module,
                data: data6,
              };
              if (vErrors === null) {
                vErrors = [err18];
              } else {
                vErrors.push(err18);
              }
              errors++;
            }
          } else {
            const err19 = {
              instancePath: instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1') + '/module',
              schemaPath: '#/$defs/module/properties/module/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema42.properties.module.type,
              parentSchema: schema42.properties.module,
              data: data6,
            };
            if (vErrors === null) {
              vErrors = [err19];
            } else {
              vErrors.push(err19);
            }
            errors++;
          }
        }
        if (data5.compilation !== undefined) {
          let data7 = data5.compilation;
          if (typeof data7 === 'string') {
            if (func2(data7) < 1) {
              const err20 = {
                instancePath:
                  instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1') + '/compilation',
                schemaPath: '#/$defs/module/properties/compilation/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema42.properties.compilation,
                data: data7,
              };
              if (vErrors === null) {
                vErrors = [err20];
              } else {
                vErrors.push(err20);
              }
              errors++;
            }
          } else {
            const err21 = {
              instancePath:
                instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1') + '/compilation',
              schemaPath: '#/$defs/module/properties/compilation/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema42.properties.compilation.type,
              parentSchema: schema42.properties.compilation,
              data: data7,
            };
            if (vErrors === null) {
              vErrors = [err21];
            } else {
              vErrors.push(err21);
            }
            errors++;
          }
        }
        if (data5.execution !== undefined) {
          let data8 = data5.execution;
          if (typeof data8 === 'string') {
            if (func2(data8) < 1) {
              const err22 = {
                instancePath:
                  instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1') + '/execution',
                schemaPath: '#/$defs/module/properties/execution/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema42.properties.execution,
                data: data8,
              };
              if (vErrors === null) {
                vErrors = [err22];
              } else {
                vErrors.push(err22);
              }
              errors++;
            }
          } else {
            const err23 = {
              instancePath: instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1') + '/execution',
              schemaPath: '#/$defs/module/properties/execution/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema42.properties.execution.type,
              parentSchema: schema42.properties.execution,
              data: data8,
            };
            if (vErrors === null) {
              vErrors = [err23];
            } else {
              vErrors.push(err23);
            }
            errors++;
          }
        }
        if (data5.time_limit !== undefined) {
          let data9 = data5.time_limit;
          if (typeof data9 === 'string') {
            if (!pattern13.test(data9)) {
              const err24 = {
                instancePath:
                  instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1') + '/time_limit',
                schemaPath: '#/$defs/module/properties/time_limit/pattern',
                keyword: 'pattern',
                params: {
                  pattern:
                    '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                },
                message:
                  'must match pattern "' +
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$' +
                  '"',
                schema:
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                parentSchema: schema42.properties.time_limit,
                data: data9,
              };
              if (vErrors === null) {
                vErrors = [err24];
              } else {
                vErrors.push(err24);
              }
              errors++;
            }
          } else {
            const err25 = {
              instancePath:
                instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1') + '/time_limit',
              schemaPath: '#/$defs/module/properties/time_limit/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema42.properties.time_limit.type,
              parentSchema: schema42.properties.time_limit,
              data: data9,
            };
            if (vErrors === null) {
              vErrors = [err25];
            } else {
              vErrors.push(err25);
            }
            errors++;
          }
        }
      } else {
        const err26 = {
          instancePath: instancePath + '/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
          schemaPath: '#/$defs/module/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
          schema: schema42.type,
          parentSchema: schema42,
          data: data5,
        };
        if (vErrors === null) {
          vErrors = [err26];
        } else {
          vErrors.push(err26);
        }
        errors++;
      }
    }
  }
  validate24.errors = vErrors;
  return errors === 0;
}
validate24.evaluated = { props: true, items: true, dynamicProps: false, dynamicItems: false };

function validate20(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  /*# sourceURL="https://sluice.invalid/schemas/manifest.schema.json" */ let vErrors = null;
  let errors = 0;
  const evaluated0 = validate20.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!func1.call(schema31.properties, key0)) {
        const err0 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
          message: 'must NOT have additional properties',
          schema: false,
          parentSchema: schema31,
          data,
        };
        if (vErrors === null) {
          vErrors = [err0];
        } else {
          vErrors.push(err0);
        }
        errors++;
      }
    }
    if (data.name !== undefined) {
      let data0 = data.name;
      if (typeof data0 === 'string') {
        if (!pattern4.test(data0)) {
          const err1 = {
            instancePath: instancePath + '/name',
            schemaPath: '#/properties/name/pattern',
            keyword: 'pattern',
            params: { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' },
            message: 'must match pattern "' + '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' + '"',
            schema: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
            parentSchema: schema31.properties.name,
            data: data0,
          };
          if (vErrors === null) {
            vErrors = [err1];
          } else {
            vErrors.push(err1);
          }
          errors++;
        }
      } else {
        const err2 = {
          instancePath: instancePath + '/name',
          schemaPath: '#/properties/name/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema31.properties.name.type,
          parentSchema: schema31.properties.name,
          data: data0,
        };
        if (vErrors === null) {
          vErrors = [err2];
        } else {
          vErrors.push(err2);
        }
        errors++;
      }
    }
    if (data.previously !== undefined) {
      let data1 = data.previously;
      if (typeof data1 === 'string') {
        if (!pattern4.test(data1)) {
          const err3 = {
            instancePath: instancePath + '/previously',
            schemaPath: '#/properties/previously/pattern',
            keyword: 'pattern',
            params: { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' },
            message: 'must match pattern "' + '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' + '"',
            schema: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
            parentSchema: schema31.properties.previously,
            data: data1,
          };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
      } else {
        const err4 = {
          instancePath: instancePath + '/previously',
          schemaPath: '#/properties/previously/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema31.properties.previously.type,
          parentSchema: schema31.properties.previously,
          data: data1,
        };
        if (vErrors === null) {
          vErrors = [err4];
        } else {
          vErrors.push(err4);
        }
        errors++;
      }
    }
    if (data.run !== undefined) {
      let data2 = data.run;
      if (
        typeof data2 !== 'string' &&
        !(typeof data2 == 'number' && !(data2 % 1) && !isNaN(data2) && isFinite(data2))
      ) {
        const err5 = {
          instancePath: instancePath + '/run',
          schemaPath: '#/properties/run/type',
          keyword: 'type',
          params: { type: schema31.properties.run.type },
          message: 'must be string,integer',
          schema: schema31.properties.run.type,
          parentSchema: schema31.properties.run,
          data: data2,
        };
        if (vErrors === null) {
          vErrors = [err5];
        } else {
          vErrors.push(err5);
        }
        errors++;
      }
      if (typeof data2 === 'string') {
        if (!pattern4.test(data2)) {
          const err6 = {
            instancePath: instancePath + '/run',
            schemaPath: '#/properties/run/pattern',
            keyword: 'pattern',
            params: { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' },
            message: 'must match pattern "' + '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' + '"',
            schema: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
            parentSchema: schema31.properties.run,
            data: data2,
          };
          if (vErrors === null) {
            vErrors = [err6];
          } else {
            vErrors.push(err6);
          }
          errors++;
        }
      }
    }
    if (data.username !== undefined) {
      let data3 = data.username;
      if (typeof data3 === 'string') {
        if (!pattern7.test(data3)) {
          const err7 = {
            instancePath: instancePath + '/username',
            schemaPath: '#/properties/username/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\s@:-][^\\s@:]*$' },
            message: 'must match pattern "' + '^[^\\s@:-][^\\s@:]*$' + '"',
            schema: '^[^\\s@:-][^\\s@:]*$',
            parentSchema: schema31.properties.username,
            data: data3,
          };
          if (vErrors === null) {
            vErrors = [err7];
          } else {
            vErrors.push(err7);
          }
          errors++;
        }
      } else {
        const err8 = {
          instancePath: instancePath + '/username',
          schemaPath: '#/properties/username/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema31.properties.username.type,
          parentSchema: schema31.properties.username,
          data: data3,
        };
        if (vErrors === null) {
          vErrors = [err8];
        } else {
          vErrors.push(err8);
        }
        errors++;
      }
    }
    if (data.private_key !== undefined) {
      let data4 = data.private_key;
      if (typeof data4 === 'string') {
        if (!pattern8.test(data4)) {
          const err9 = {
            instancePath: instancePath + '/private_key',
            schemaPath: '#/properties/private_key/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\n\\t]+$' },
            message: 'must match pattern "' + '^[^\\n\\t]+$' + '"',
            schema: '^[^\\n\\t]+$',
            parentSchema: schema31.properties.private_key,
            data: data4,
          };
          if (vErrors === null) {
            vErrors = [err9];
          } else {
            vErrors.push(err9);
          }
          errors++;
        }
      } else {
        const err10 = {
          instancePath: instancePath + '/private_key',
          schemaPath: '#/properties/private_key/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema31.properties.private_key.type,
          parentSchema: schema31.properties.private_key,
          data: data4,
        };
        if (vErrors === null) {
          vErrors = [err10];
        } else {
          vErrors.push(err10);
        }
        errors++;
      }
    }
    if (data.passphrase !== undefined) {
      let data5 = data.passphrase;
      if (typeof data5 !== 'string' && !(data5 && typeof data5 == 'object' && !Array.isArray(data5))) {
        const err11 = {
          instancePath: instancePath + '/passphrase',
          schemaPath: '#/properties/passphrase/type',
          keyword: 'type',
          params: { type: schema31.properties.passphrase.type },
          message: 'must be string,object',
          schema: schema31.properties.passphrase.type,
          parentSchema: schema31.properties.passphrase,
          data: data5,
        };
        if (vErrors === null) {
          vErrors = [err11];
        } else {
          vErrors.push(err11);
        }
        errors++;
      }
      if (typeof data5 === 'string') {
        if (func2(data5) < 1) {
          const err12 = {
            instancePath: instancePath + '/passphrase',
            schemaPath: '#/properties/passphrase/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema31.properties.passphrase,
            data: data5,
          };
          if (vErrors === null) {
            vErrors = [err12];
          } else {
            vErrors.push(err12);
          }
          errors++;
        }
      }
      if (data5 && typeof data5 == 'object' && !Array.isArray(data5)) {
        if (Object.keys(data5).length > 1) {
          const err13 = {
            instancePath: instancePath + '/passphrase',
            schemaPath: '#/properties/passphrase/maxProperties',
            keyword: 'maxProperties',
            params: { limit: 1 },
            message: 'must NOT have more than 1 properties',
            schema: 1,
            parentSchema: schema31.properties.passphrase,
            data: data5,
          };
          if (vErrors === null) {
            vErrors = [err13];
          } else {
            vErrors.push(err13);
          }
          errors++;
        }
        if (Object.keys(data5).length < 1) {
          const err14 = {
            instancePath: instancePath + '/passphrase',
            schemaPath: '#/properties/passphrase/minProperties',
            keyword: 'minProperties',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 properties',
            schema: 1,
            parentSchema: schema31.properties.passphrase,
            data: data5,
          };
          if (vErrors === null) {
            vErrors = [err14];
          } else {
            vErrors.push(err14);
          }
          errors++;
        }
        for (const key1 in data5) {
          if (!(key1 === 'env' || key1 === 'file')) {
            const err15 = {
              instancePath: instancePath + '/passphrase',
              schemaPath: '#/properties/passphrase/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key1 },
              message: 'must NOT have additional properties',
              schema: false,
              parentSchema: schema31.properties.passphrase,
              data: data5,
            };
            if (vErrors === null) {
              vErrors = [err15];
            } else {
              vErrors.push(err15);
            }
            errors++;
          }
        }
        if (data5.env !== undefined) {
          let data6 = data5.env;
          if (typeof data6 === 'string') {
            if (!pattern9.test(data6)) {
              const err16 = {
                instancePath: instancePath + '/passphrase/env',
                schemaPath: '#/properties/passphrase/properties/env/pattern',
                keyword: 'pattern',
                params: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
                message: 'must match pattern "' + '^[A-Za-z_][A-Za-z0-9_]*$' + '"',
                schema: '^[A-Za-z_][A-Za-z0-9_]*$',
                parentSchema: schema31.properties.passphrase.properties.env,
                data: data6,
              };
              if (vErrors === null) {
                vErrors = [err16];
              } else {
                vErrors.push(err16);
              }
              errors++;
            }
          } else {
            const err17 = {
              instancePath: instancePath + '/passphrase/env',
              schemaPath: '#/properties/passphrase/properties/env/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.passphrase.properties.env.type,
              parentSchema: schema31.properties.passphrase.properties.env,
              data: data6,
            };
            if (vErrors === null) {
              vErrors = [err17];
            } else {
              vErrors.push(err17);
            }
            errors++;
          }
        }
        if (data5.file !== undefined) {
          let data7 = data5.file;
          if (typeof data7 === 'string') {
            if (func2(data7) < 1) {
              const err18 = {
                instancePath: instancePath + '/passphrase/file',
                schemaPath: '#/properties/passphrase/properties/file/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema31.properties.passphrase.properties.file,
                data: data7,
              };
              if (vErrors === null) {
                vErrors = [err18];
              } else {
                vErrors.push(err18);
              }
              errors++;
            }
          } else {
            const err19 = {
              instancePath: instancePath + '/passphrase/file',
              schemaPath: '#/properties/passphrase/properties/file/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.passphrase.properties.file.type,
              parentSchema: schema31.properties.passphrase.properties.file,
              data: data7,
            };
            if (vErrors === null) {
              vErrors = [err19];
            } else {
              vErrors.push(err19);
            }
            errors++;
          }
        }
      }
    }
    if (data.user_mail !== undefined) {
      let data8 = data.user_mail;
      if (typeof data8 !== 'string' && !Array.isArray(data8)) {
        const err20 = {
          instancePath: instancePath + '/user_mail',
          schemaPath: '#/properties/user_mail/type',
          keyword: 'type',
          params: { type: schema31.properties.user_mail.type },
          message: 'must be string,array',
          schema: schema31.properties.user_mail.type,
          parentSchema: schema31.properties.user_mail,
          data: data8,
        };
        if (vErrors === null) {
          vErrors = [err20];
        } else {
          vErrors.push(err20);
        }
        errors++;
      }
      if (typeof data8 === 'string') {
        if (!pattern10.test(data8)) {
          const err21 = {
            instancePath: instancePath + '/user_mail',
            schemaPath: '#/properties/user_mail/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\s@,;<>]+@[^\\s@,;<>]+$' },
            message: 'must match pattern "' + '^[^\\s@,;<>]+@[^\\s@,;<>]+$' + '"',
            schema: '^[^\\s@,;<>]+@[^\\s@,;<>]+$',
            parentSchema: schema31.properties.user_mail,
            data: data8,
          };
          if (vErrors === null) {
            vErrors = [err21];
          } else {
            vErrors.push(err21);
          }
          errors++;
        }
      }
      if (Array.isArray(data8)) {
        const len0 = data8.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data9 = data8[i0];
          if (typeof data9 === 'string') {
            if (!pattern10.test(data9)) {
              const err22 = {
                instancePath: instancePath + '/user_mail/' + i0,
                schemaPath: '#/properties/user_mail/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\s@,;<>]+@[^\\s@,;<>]+$' },
                message: 'must match pattern "' + '^[^\\s@,;<>]+@[^\\s@,;<>]+$' + '"',
                schema: '^[^\\s@,;<>]+@[^\\s@,;<>]+$',
                parentSchema: schema31.properties.user_mail.items,
                data: data9,
              };
              if (vErrors === null) {
                vErrors = [err22];
              } else {
                vErrors.push(err22);
              }
              errors++;
            }
          } else {
            const err23 = {
              instancePath: instancePath + '/user_mail/' + i0,
              schemaPath: '#/properties/user_mail/items/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.user_mail.items.type,
              parentSchema: schema31.properties.user_mail.items,
              data: data9,
            };
            if (vErrors === null) {
              vErrors = [err23];
            } else {
              vErrors.push(err23);
            }
            errors++;
          }
        }
      }
    }
    if (data.destination_cluster !== undefined) {
      let data10 = data.destination_cluster;
      if (typeof data10 !== 'string' && !Array.isArray(data10)) {
        const err24 = {
          instancePath: instancePath + '/destination_cluster',
          schemaPath: '#/properties/destination_cluster/type',
          keyword: 'type',
          params: { type: schema31.properties.destination_cluster.type },
          message: 'must be string,array',
          schema: schema31.properties.destination_cluster.type,
          parentSchema: schema31.properties.destination_cluster,
          data: data10,
        };
        if (vErrors === null) {
          vErrors = [err24];
        } else {
          vErrors.push(err24);
        }
        errors++;
      }
      if (typeof data10 === 'string') {
        if (func2(data10) < 1) {
          const err25 = {
            instancePath: instancePath + '/destination_cluster',
            schemaPath: '#/properties/destination_cluster/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema31.properties.destination_cluster,
            data: data10,
          };
          if (vErrors === null) {
            vErrors = [err25];
          } else {
            vErrors.push(err25);
          }
          errors++;
        }
      }
      if (Array.isArray(data10)) {
        if (data10.length < 1) {
          const err26 = {
            instancePath: instancePath + '/destination_cluster',
            schemaPath: '#/properties/destination_cluster/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 items',
            schema: 1,
            parentSchema: schema31.properties.destination_cluster,
            data: data10,
          };
          if (vErrors === null) {
            vErrors = [err26];
          } else {
            vErrors.push(err26);
          }
          errors++;
        }
        const len1 = data10.length;
        for (let i1 = 0; i1 < len1; i1++) {
          let data11 = data10[i1];
          if (typeof data11 === 'string') {
            if (func2(data11) < 1) {
              const err27 = {
                instancePath: instancePath + '/destination_cluster/' + i1,
                schemaPath: '#/properties/destination_cluster/items/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema31.properties.destination_cluster.items,
                data: data11,
              };
              if (vErrors === null) {
                vErrors = [err27];
              } else {
                vErrors.push(err27);
              }
              errors++;
            }
          } else {
            const err28 = {
              instancePath: instancePath + '/destination_cluster/' + i1,
              schemaPath: '#/properties/destination_cluster/items/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.destination_cluster.items.type,
              parentSchema: schema31.properties.destination_cluster.items,
              data: data11,
            };
            if (vErrors === null) {
              vErrors = [err28];
            } else {
              vErrors.push(err28);
            }
            errors++;
          }
        }
        let i2 = data10.length;
        let j0;
        if (i2 > 1) {
          const indices0 = {};
          for (; i2--;) {
            let item0 = data10[i2];
            if (typeof item0 !== 'string') {
              continue;
            }
            if (typeof indices0[item0] == 'number') {
              j0 = indices0[item0];
              const err29 = {
                instancePath: instancePath + '/destination_cluster',
                schemaPath: '#/properties/destination_cluster/uniqueItems',
                keyword: 'uniqueItems',
                params: { i: i2, j: j0 },
                message: 'must NOT have duplicate items (items ## ' + j0 + ' and ' + i2 + ' are identical)',
                schema: true,
                parentSchema: schema31.properties.destination_cluster,
                data: data10,
              };
              if (vErrors === null) {
                vErrors = [err29];
              } else {
                vErrors.push(err29);
              }
              errors++;
              break;
            }
            indices0[item0] = i2;
          }
        }
      }
    }
    if (data.alternates !== undefined) {
      let data12 = data.alternates;
      if (typeof data12 !== 'string' && !Array.isArray(data12)) {
        const err30 = {
          instancePath: instancePath + '/alternates',
          schemaPath: '#/properties/alternates/type',
          keyword: 'type',
          params: { type: schema31.properties.alternates.type },
          message: 'must be string,array',
          schema: schema31.properties.alternates.type,
          parentSchema: schema31.properties.alternates,
          data: data12,
        };
        if (vErrors === null) {
          vErrors = [err30];
        } else {
          vErrors.push(err30);
        }
        errors++;
      }
      if (Array.isArray(data12)) {
        const len2 = data12.length;
        for (let i3 = 0; i3 < len2; i3++) {
          let data13 = data12[i3];
          if (typeof data13 === 'string') {
            if (func2(data13) < 1) {
              const err31 = {
                instancePath: instancePath + '/alternates/' + i3,
                schemaPath: '#/properties/alternates/items/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema31.properties.alternates.items,
                data: data13,
              };
              if (vErrors === null) {
                vErrors = [err31];
              } else {
                vErrors.push(err31);
              }
              errors++;
            }
          } else {
            const err32 = {
              instancePath: instancePath + '/alternates/' + i3,
              schemaPath: '#/properties/alternates/items/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.alternates.items.type,
              parentSchema: schema31.properties.alternates.items,
              data: data13,
            };
            if (vErrors === null) {
              vErrors = [err32];
            } else {
              vErrors.push(err32);
            }
            errors++;
          }
        }
        let i4 = data12.length;
        let j1;
        if (i4 > 1) {
          const indices1 = {};
          for (; i4--;) {
            let item1 = data12[i4];
            if (typeof item1 !== 'string') {
              continue;
            }
            if (typeof indices1[item1] == 'number') {
              j1 = indices1[item1];
              const err33 = {
                instancePath: instancePath + '/alternates',
                schemaPath: '#/properties/alternates/uniqueItems',
                keyword: 'uniqueItems',
                params: { i: i4, j: j1 },
                message: 'must NOT have duplicate items (items ## ' + j1 + ' and ' + i4 + ' are identical)',
                schema: true,
                parentSchema: schema31.properties.alternates,
                data: data12,
              };
              if (vErrors === null) {
                vErrors = [err33];
              } else {
                vErrors.push(err33);
              }
              errors++;
              break;
            }
            indices1[item1] = i4;
          }
        }
      }
    }
    if (data.job !== undefined) {
      let data14 = data.job;
      if (typeof data14 === 'string') {
        if (func2(data14) < 1) {
          const err34 = {
            instancePath: instancePath + '/job',
            schemaPath: '#/properties/job/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema31.properties.job,
            data: data14,
          };
          if (vErrors === null) {
            vErrors = [err34];
          } else {
            vErrors.push(err34);
          }
          errors++;
        }
        if (!pattern8.test(data14)) {
          const err35 = {
            instancePath: instancePath + '/job',
            schemaPath: '#/properties/job/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\n\\t]+$' },
            message: 'must match pattern "' + '^[^\\n\\t]+$' + '"',
            schema: '^[^\\n\\t]+$',
            parentSchema: schema31.properties.job,
            data: data14,
          };
          if (vErrors === null) {
            vErrors = [err35];
          } else {
            vErrors.push(err35);
          }
          errors++;
        }
      } else {
        const err36 = {
          instancePath: instancePath + '/job',
          schemaPath: '#/properties/job/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema31.properties.job.type,
          parentSchema: schema31.properties.job,
          data: data14,
        };
        if (vErrors === null) {
          vErrors = [err36];
        } else {
          vErrors.push(err36);
        }
        errors++;
      }
    }
    if (data.setup !== undefined) {
      let data15 = data.setup;
      if (typeof data15 !== 'string' && !Array.isArray(data15) && data15 !== null) {
        const err37 = {
          instancePath: instancePath + '/setup',
          schemaPath: '#/$defs/commands/type',
          keyword: 'type',
          params: { type: schema32.type },
          message: 'must be string,array,null',
          schema: schema32.type,
          parentSchema: schema32,
          data: data15,
        };
        if (vErrors === null) {
          vErrors = [err37];
        } else {
          vErrors.push(err37);
        }
        errors++;
      }
      if (typeof data15 === 'string') {
        if (func2(data15) < 1) {
          const err38 = {
            instancePath: instancePath + '/setup',
            schemaPath: '#/$defs/commands/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema32,
            data: data15,
          };
          if (vErrors === null) {
            vErrors = [err38];
          } else {
            vErrors.push(err38);
          }
          errors++;
        }
      }
      if (Array.isArray(data15)) {
        const len3 = data15.length;
        for (let i5 = 0; i5 < len3; i5++) {
          let data16 = data15[i5];
          if (typeof data16 === 'string') {
            if (func2(data16) < 1) {
              const err39 = {
                instancePath: instancePath + '/setup/' + i5,
                schemaPath: '#/$defs/commands/items/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema32.items,
                data: data16,
              };
              if (vErrors === null) {
                vErrors = [err39];
              } else {
                vErrors.push(err39);
              }
              errors++;
            }
          } else {
            const err40 = {
              instancePath: instancePath + '/setup/' + i5,
              schemaPath: '#/$defs/commands/items/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema32.items.type,
              parentSchema: schema32.items,
              data: data16,
            };
            if (vErrors === null) {
              vErrors = [err40];
            } else {
              vErrors.push(err40);
            }
            errors++;
          }
        }
      }
    }
    if (data.requirements !== undefined) {
      let data17 = data.requirements;
      if (typeof data17 !== 'string' && !Array.isArray(data17) && data17 !== null) {
        const err41 = {
          instancePath: instancePath + '/requirements',
          schemaPath: '#/$defs/commands/type',
          keyword: 'type',
          params: { type: schema32.type },
          message: 'must be string,array,null',
          schema: schema32.type,
          parentSchema: schema32,
          data: data17,
        };
        if (vErrors === null) {
          vErrors = [err41];
        } else {
          vErrors.push(err41);
        }
        errors++;
      }
      if (typeof data17 === 'string') {
        if (func2(data17) < 1) {
          const err42 = {
            instancePath: instancePath + '/requirements',
            schemaPath: '#/$defs/commands/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema32,
            data: data17,
          };
          if (vErrors === null) {
            vErrors = [err42];
          } else {
            vErrors.push(err42);
          }
          errors++;
        }
      }
      if (Array.isArray(data17)) {
        const len4 = data17.length;
        for (let i6 = 0; i6 < len4; i6++) {
          let data18 = data17[i6];
          if (typeof data18 === 'string') {
            if (func2(data18) < 1) {
              const err43 = {
                instancePath: instancePath + '/requirements/' + i6,
                schemaPath: '#/$defs/commands/items/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema32.items,
                data: data18,
              };
              if (vErrors === null) {
                vErrors = [err43];
              } else {
                vErrors.push(err43);
              }
              errors++;
            }
          } else {
            const err44 = {
              instancePath: instancePath + '/requirements/' + i6,
              schemaPath: '#/$defs/commands/items/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema32.items.type,
              parentSchema: schema32.items,
              data: data18,
            };
            if (vErrors === null) {
              vErrors = [err44];
            } else {
              vErrors.push(err44);
            }
            errors++;
          }
        }
      }
    }
    if (data.compilation !== undefined) {
      let data19 = data.compilation;
      if (typeof data19 !== 'string' && !Array.isArray(data19) && data19 !== null) {
        const err45 = {
          instancePath: instancePath + '/compilation',
          schemaPath: '#/$defs/commands/type',
          keyword: 'type',
          params: { type: schema32.type },
          message: 'must be string,array,null',
          schema: schema32.type,
          parentSchema: schema32,
          data: data19,
        };
        if (vErrors === null) {
          vErrors = [err45];
        } else {
          vErrors.push(err45);
        }
        errors++;
      }
      if (typeof data19 === 'string') {
        if (func2(data19) < 1) {
          const err46 = {
            instancePath: instancePath + '/compilation',
            schemaPath: '#/$defs/commands/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema32,
            data: data19,
          };
          if (vErrors === null) {
            vErrors = [err46];
          } else {
            vErrors.push(err46);
          }
          errors++;
        }
      }
      if (Array.isArray(data19)) {
        const len5 = data19.length;
        for (let i7 = 0; i7 < len5; i7++) {
          let data20 = data19[i7];
          if (typeof data20 === 'string') {
            if (func2(data20) < 1) {
              const err47 = {
                instancePath: instancePath + '/compilation/' + i7,
                schemaPath: '#/$defs/commands/items/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema32.items,
                data: data20,
              };
              if (vErrors === null) {
                vErrors = [err47];
              } else {
                vErrors.push(err47);
              }
              errors++;
            }
          } else {
            const err48 = {
              instancePath: instancePath + '/compilation/' + i7,
              schemaPath: '#/$defs/commands/items/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema32.items.type,
              parentSchema: schema32.items,
              data: data20,
            };
            if (vErrors === null) {
              vErrors = [err48];
            } else {
              vErrors.push(err48);
            }
            errors++;
          }
        }
      }
    }
    if (data.execution !== undefined) {
      let data21 = data.execution;
      if (typeof data21 !== 'string' && !Array.isArray(data21) && data21 !== null) {
        const err49 = {
          instancePath: instancePath + '/execution',
          schemaPath: '#/$defs/commands/type',
          keyword: 'type',
          params: { type: schema32.type },
          message: 'must be string,array,null',
          schema: schema32.type,
          parentSchema: schema32,
          data: data21,
        };
        if (vErrors === null) {
          vErrors = [err49];
        } else {
          vErrors.push(err49);
        }
        errors++;
      }
      if (typeof data21 === 'string') {
        if (func2(data21) < 1) {
          const err50 = {
            instancePath: instancePath + '/execution',
            schemaPath: '#/$defs/commands/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema32,
            data: data21,
          };
          if (vErrors === null) {
            vErrors = [err50];
          } else {
            vErrors.push(err50);
          }
          errors++;
        }
      }
      if (Array.isArray(data21)) {
        const len6 = data21.length;
        for (let i8 = 0; i8 < len6; i8++) {
          let data22 = data21[i8];
          if (typeof data22 === 'string') {
            if (func2(data22) < 1) {
              const err51 = {
                instancePath: instancePath + '/execution/' + i8,
                schemaPath: '#/$defs/commands/items/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema32.items,
                data: data22,
              };
              if (vErrors === null) {
                vErrors = [err51];
              } else {
                vErrors.push(err51);
              }
              errors++;
            }
          } else {
            const err52 = {
              instancePath: instancePath + '/execution/' + i8,
              schemaPath: '#/$defs/commands/items/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema32.items.type,
              parentSchema: schema32.items,
              data: data22,
            };
            if (vErrors === null) {
              vErrors = [err52];
            } else {
              vErrors.push(err52);
            }
            errors++;
          }
        }
      }
    }
    if (data.output !== undefined) {
      let data23 = data.output;
      if (typeof data23 !== 'string' && !Array.isArray(data23) && data23 !== null) {
        const err53 = {
          instancePath: instancePath + '/output',
          schemaPath: '#/properties/output/type',
          keyword: 'type',
          params: { type: schema31.properties.output.type },
          message: 'must be string,array,null',
          schema: schema31.properties.output.type,
          parentSchema: schema31.properties.output,
          data: data23,
        };
        if (vErrors === null) {
          vErrors = [err53];
        } else {
          vErrors.push(err53);
        }
        errors++;
      }
      if (typeof data23 === 'string') {
        if (func2(data23) < 1) {
          const err54 = {
            instancePath: instancePath + '/output',
            schemaPath: '#/properties/output/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema31.properties.output,
            data: data23,
          };
          if (vErrors === null) {
            vErrors = [err54];
          } else {
            vErrors.push(err54);
          }
          errors++;
        }
      }
      if (Array.isArray(data23)) {
        const len7 = data23.length;
        for (let i9 = 0; i9 < len7; i9++) {
          let data24 = data23[i9];
          if (
            typeof data24 !== 'string' &&
            !(data24 && typeof data24 == 'object' && !Array.isArray(data24))
          ) {
            const err55 = {
              instancePath: instancePath + '/output/' + i9,
              schemaPath: '#/properties/output/items/type',
              keyword: 'type',
              params: { type: schema31.properties.output.items.type },
              message: 'must be string,object',
              schema: schema31.properties.output.items.type,
              parentSchema: schema31.properties.output.items,
              data: data24,
            };
            if (vErrors === null) {
              vErrors = [err55];
            } else {
              vErrors.push(err55);
            }
            errors++;
          }
          if (typeof data24 === 'string') {
            if (func2(data24) < 1) {
              const err56 = {
                instancePath: instancePath + '/output/' + i9,
                schemaPath: '#/properties/output/items/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema31.properties.output.items,
                data: data24,
              };
              if (vErrors === null) {
                vErrors = [err56];
              } else {
                vErrors.push(err56);
              }
              errors++;
            }
          }
          if (data24 && typeof data24 == 'object' && !Array.isArray(data24)) {
            if (data24.path === undefined) {
              const err57 = {
                instancePath: instancePath + '/output/' + i9,
                schemaPath: '#/properties/output/items/required',
                keyword: 'required',
                params: { missingProperty: 'path' },
                message: "must have required property '" + 'path' + "'",
                schema: schema31.properties.output.items.required,
                parentSchema: schema31.properties.output.items,
                data: data24,
              };
              if (vErrors === null) {
                vErrors = [err57];
              } else {
                vErrors.push(err57);
              }
              errors++;
            }
            for (const key2 in data24) {
              if (!(key2 === 'path' || key2 === 'optional')) {
                const err58 = {
                  instancePath: instancePath + '/output/' + i9,
                  schemaPath: '#/properties/output/items/additionalProperties',
                  keyword: 'additionalProperties',
                  params: { additionalProperty: key2 },
                  message: 'must NOT have additional properties',
                  schema: false,
                  parentSchema: schema31.properties.output.items,
                  data: data24,
                };
                if (vErrors === null) {
                  vErrors = [err58];
                } else {
                  vErrors.push(err58);
                }
                errors++;
              }
            }
            if (data24.path !== undefined) {
              let data25 = data24.path;
              if (typeof data25 === 'string') {
                if (func2(data25) < 1) {
                  const err59 = {
                    instancePath: instancePath + '/output/' + i9 + '/path',
                    schemaPath: '#/properties/output/items/properties/path/minLength',
                    keyword: 'minLength',
                    params: { limit: 1 },
                    message: 'must NOT have fewer than 1 characters',
                    schema: 1,
                    parentSchema: schema31.properties.output.items.properties.path,
                    data: data25,
                  };
                  if (vErrors === null) {
                    vErrors = [err59];
                  } else {
                    vErrors.push(err59);
                  }
                  errors++;
                }
              } else {
                const err60 = {
                  instancePath: instancePath + '/output/' + i9 + '/path',
                  schemaPath: '#/properties/output/items/properties/path/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.output.items.properties.path.type,
                  parentSchema: schema31.properties.output.items.properties.path,
                  data: data25,
                };
                if (vErrors === null) {
                  vErrors = [err60];
                } else {
                  vErrors.push(err60);
                }
                errors++;
              }
            }
            if (data24.optional !== undefined) {
              let data26 = data24.optional;
              if (typeof data26 !== 'boolean') {
                const err61 = {
                  instancePath: instancePath + '/output/' + i9 + '/optional',
                  schemaPath: '#/properties/output/items/properties/optional/type',
                  keyword: 'type',
                  params: { type: 'boolean' },
                  message: 'must be boolean',
                  schema: schema31.properties.output.items.properties.optional.type,
                  parentSchema: schema31.properties.output.items.properties.optional,
                  data: data26,
                };
                if (vErrors === null) {
                  vErrors = [err61];
                } else {
                  vErrors.push(err61);
                }
                errors++;
              }
            }
          }
        }
      }
    }
    if (data.resources !== undefined) {
      if (
        !validate21(data.resources, {
          instancePath: instancePath + '/resources',
          parentData: data,
          parentDataProperty: 'resources',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate21.errors : vErrors.concat(validate21.errors);
        errors = vErrors.length;
      }
    }
    if (data.environment !== undefined) {
      let data28 = data.environment;
      if (!(data28 && typeof data28 == 'object' && !Array.isArray(data28)) && data28 !== null) {
        const err62 = {
          instancePath: instancePath + '/environment',
          schemaPath: '#/$defs/environment/type',
          keyword: 'type',
          params: { type: schema38.type },
          message: 'must be object,null',
          schema: schema38.type,
          parentSchema: schema38,
          data: data28,
        };
        if (vErrors === null) {
          vErrors = [err62];
        } else {
          vErrors.push(err62);
        }
        errors++;
      }
      if (data28 && typeof data28 == 'object' && !Array.isArray(data28)) {
        for (const key3 in data28) {
          const _errs66 = errors;
          if (typeof key3 === 'string') {
            if (!pattern9.test(key3)) {
              const err63 = {
                instancePath: instancePath + '/environment',
                schemaPath: '#/$defs/environment/propertyNames/pattern',
                keyword: 'pattern',
                params: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
                message: 'must match pattern "' + '^[A-Za-z_][A-Za-z0-9_]*$' + '"',
                schema: '^[A-Za-z_][A-Za-z0-9_]*$',
                parentSchema: schema38.propertyNames,
                data: key3,
                propertyName: key3,
              };
              if (vErrors === null) {
                vErrors = [err63];
              } else {
                vErrors.push(err63);
              }
              errors++;
            }
          }
          var valid26 = _errs66 === errors;
          if (!valid26) {
            const err64 = {
              instancePath: instancePath + '/environment',
              schemaPath: '#/$defs/environment/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key3 },
              message: 'property name must be valid',
              schema: schema38.propertyNames,
              parentSchema: schema38,
              data: data28,
            };
            if (vErrors === null) {
              vErrors = [err64];
            } else {
              vErrors.push(err64);
            }
            errors++;
          }
        }
        for (const key4 in data28) {
          let data29 = data28[key4];
          if (
            typeof data29 !== 'string' &&
            !(typeof data29 == 'number' && isFinite(data29)) &&
            typeof data29 !== 'boolean'
          ) {
            const err65 = {
              instancePath: instancePath + '/environment/' + key4.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/$defs/environment/additionalProperties/type',
              keyword: 'type',
              params: { type: schema38.additionalProperties.type },
              message: 'must be string,number,boolean',
              schema: schema38.additionalProperties.type,
              parentSchema: schema38.additionalProperties,
              data: data29,
            };
            if (vErrors === null) {
              vErrors = [err65];
            } else {
              vErrors.push(err65);
            }
            errors++;
          }
        }
      }
    }
    if (data.per_cluster !== undefined) {
      let data30 = data.per_cluster;
      if (!(data30 && typeof data30 == 'object' && !Array.isArray(data30)) && data30 !== null) {
        const err66 = {
          instancePath: instancePath + '/per_cluster',
          schemaPath: '#/properties/per_cluster/type',
          keyword: 'type',
          params: { type: schema31.properties.per_cluster.type },
          message: 'must be object,null',
          schema: schema31.properties.per_cluster.type,
          parentSchema: schema31.properties.per_cluster,
          data: data30,
        };
        if (vErrors === null) {
          vErrors = [err66];
        } else {
          vErrors.push(err66);
        }
        errors++;
      }
      if (data30 && typeof data30 == 'object' && !Array.isArray(data30)) {
        for (const key5 in data30) {
          let data31 = data30[key5];
          if (!(data31 && typeof data31 == 'object' && !Array.isArray(data31)) && data31 !== null) {
            const err67 = {
              instancePath: instancePath + '/per_cluster/' + key5.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/properties/per_cluster/additionalProperties/type',
              keyword: 'type',
              params: { type: schema31.properties.per_cluster.additionalProperties.type },
              message: 'must be object,null',
              schema: schema31.properties.per_cluster.additionalProperties.type,
              parentSchema: schema31.properties.per_cluster.additionalProperties,
              data: data31,
            };
            if (vErrors === null) {
              vErrors = [err67];
            } else {
              vErrors.push(err67);
            }
            errors++;
          }
          if (data31 && typeof data31 == 'object' && !Array.isArray(data31)) {
            for (const key6 in data31) {
              if (!(key6 === 'resources' || key6 === 'setup' || key6 === 'environment')) {
                const err68 = {
                  instancePath:
                    instancePath + '/per_cluster/' + key5.replace(/~/g, '~0').replace(/\//g, '~1'),
                  schemaPath: '#/properties/per_cluster/additionalProperties/additionalProperties',
                  keyword: 'additionalProperties',
                  params: { additionalProperty: key6 },
                  message: 'must NOT have additional properties',
                  schema: false,
                  parentSchema: schema31.properties.per_cluster.additionalProperties,
                  data: data31,
                };
                if (vErrors === null) {
                  vErrors = [err68];
                } else {
                  vErrors.push(err68);
                }
                errors++;
              }
            }
            if (data31.resources !== undefined) {
              if (
                !validate21(data31.resources, {
                  instancePath:
                    instancePath +
                    '/per_cluster/' +
                    key5.replace(/~/g, '~0').replace(/\//g, '~1') +
                    '/resources',
                  parentData: data31,
                  parentDataProperty: 'resources',
                  rootData,
                  dynamicAnchors,
                })
              ) {
                vErrors = vErrors === null ? validate21.errors : vErrors.concat(validate21.errors);
                errors = vErrors.length;
              }
            }
            if (data31.setup !== undefined) {
              let data33 = data31.setup;
              if (typeof data33 !== 'string' && !Array.isArray(data33) && data33 !== null) {
                const err69 = {
                  instancePath:
                    instancePath + '/per_cluster/' + key5.replace(/~/g, '~0').replace(/\//g, '~1') + '/setup',
                  schemaPath: '#/$defs/commands/type',
                  keyword: 'type',
                  params: { type: schema32.type },
                  message: 'must be string,array,null',
                  schema: schema32.type,
                  parentSchema: schema32,
                  data: data33,
                };
                if (vErrors === null) {
                  vErrors = [err69];
                } else {
                  vErrors.push(err69);
                }
                errors++;
              }
              if (typeof data33 === 'string') {
                if (func2(data33) < 1) {
                  const err70 = {
                    instancePath:
                      instancePath +
                      '/per_cluster/' +
                      key5.replace(/~/g, '~0').replace(/\//g, '~1') +
                      '/setup',
                    schemaPath: '#/$defs/commands/minLength',
                    keyword: 'minLength',
                    params: { limit: 1 },
                    message: 'must NOT have fewer than 1 characters',
                    schema: 1,
                    parentSchema: schema32,
                    data: data33,
                  };
                  if (vErrors === null) {
                    vErrors = [err70];
                  } else {
                    vErrors.push(err70);
                  }
                  errors++;
                }
              }
              if (Array.isArray(data33)) {
                const len8 = data33.length;
                for (let i10 = 0; i10 < len8; i10++) {
                  let data34 = data33[i10];
                  if (typeof data34 === 'string') {
                    if (func2(data34) < 1) {
                      const err71 = {
                        instancePath:
                          instancePath +
                          '/per_cluster/' +
                          key5.replace(/~/g, '~0').replace(/\//g, '~1') +
                          '/setup/' +
                          i10,
                        schemaPath: '#/$defs/commands/items/minLength',
                        keyword: 'minLength',
                        params: { limit: 1 },
                        message: 'must NOT have fewer than 1 characters',
                        schema: 1,
                        parentSchema: schema32.items,
                        data: data34,
                      };
                      if (vErrors === null) {
                        vErrors = [err71];
                      } else {
                        vErrors.push(err71);
                      }
                      errors++;
                    }
                  } else {
                    const err72 = {
                      instancePath:
                        instancePath +
                        '/per_cluster/' +
                        key5.replace(/~/g, '~0').replace(/\//g, '~1') +
                        '/setup/' +
                        i10,
                      schemaPath: '#/$defs/commands/items/type',
                      keyword: 'type',
                      params: { type: 'string' },
                      message: 'must be string',
                      schema: schema32.items.type,
                      parentSchema: schema32.items,
                      data: data34,
                    };
                    if (vErrors === null) {
                      vErrors = [err72];
                    } else {
                      vErrors.push(err72);
                    }
                    errors++;
                  }
                }
              }
            }
            if (data31.environment !== undefined) {
              let data35 = data31.environment;
              if (!(data35 && typeof data35 == 'object' && !Array.isArray(data35)) && data35 !== null) {
                const err73 = {
                  instancePath:
                    instancePath +
                    '/per_cluster/' +
                    key5.replace(/~/g, '~0').replace(/\//g, '~1') +
                    '/environment',
                  schemaPath: '#/$defs/environment/type',
                  keyword: 'type',
                  params: { type: schema38.type },
                  message: 'must be object,null',
                  schema: schema38.type,
                  parentSchema: schema38,
                  data: data35,
                };
                if (vErrors === null) {
                  vErrors = [err73];
                } else {
                  vErrors.push(err73);
                }
                errors++;
              }
              if (data35 && typeof data35 == 'object' && !Array.isArray(data35)) {
                for (const key7 in data35) {
                  const _errs85 = errors;
                  if (typeof key7 === 'string') {
                    if (!pattern9.test(key7)) {
                      const err74 = {
                        instancePath:
                          instancePath +
                          '/per_cluster/' +
                          key5.replace(/~/g, '~0').replace(/\//g, '~1') +
                          '/environment',
                        schemaPath: '#/$defs/environment/propertyNames/pattern',
                        keyword: 'pattern',
                        params: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
                        message: 'must match pattern "' + '^[A-Za-z_][A-Za-z0-9_]*$' + '"',
                        schema: '^[A-Za-z_][A-Za-z0-9_]*$',
                        parentSchema: schema38.propertyNames,
                        data: key7,
                        propertyName: key7,
                      };
                      if (vErrors === null) {
                        vErrors = [err74];
                      } else {
                        vErrors.push(err74);
                      }
                      errors++;
                    }
                  }
                  var valid34 = _errs85 === errors;
                  if (!valid34) {
                    const err75 = {
                      instancePath:
                        instancePath +
                        '/per_cluster/' +
                        key5.replace(/~/g, '~0').replace(/\//g, '~1') +
                        '/environment',
                      schemaPath: '#/$defs/environment/propertyNames',
                      keyword: 'propertyNames',
                      params: { propertyName: key7 },
                      message: 'property name must be valid',
                      schema: schema38.propertyNames,
                      parentSchema: schema38,
                      data: data35,
                    };
                    if (vErrors === null) {
                      vErrors = [err75];
                    } else {
                      vErrors.push(err75);
                    }
                    errors++;
                  }
                }
                for (const key8 in data35) {
                  let data36 = data35[key8];
                  if (
                    typeof data36 !== 'string' &&
                    !(typeof data36 == 'number' && isFinite(data36)) &&
                    typeof data36 !== 'boolean'
                  ) {
                    const err76 = {
                      instancePath:
                        instancePath +
                        '/per_cluster/' +
                        key5.replace(/~/g, '~0').replace(/\//g, '~1') +
                        '/environment/' +
                        key8.replace(/~/g, '~0').replace(/\//g, '~1'),
                      schemaPath: '#/$defs/environment/additionalProperties/type',
                      keyword: 'type',
                      params: { type: schema38.additionalProperties.type },
                      message: 'must be string,number,boolean',
                      schema: schema38.additionalProperties.type,
                      parentSchema: schema38.additionalProperties,
                      data: data36,
                    };
                    if (vErrors === null) {
                      vErrors = [err76];
                    } else {
                      vErrors.push(err76);
                    }
                    errors++;
                  }
                }
              }
            }
          }
        }
      }
    }
    if (data.modules !== undefined) {
      let data37 = data.modules;
      if (
        !(data37 && typeof data37 == 'object' && !Array.isArray(data37)) &&
        typeof data37 !== 'string' &&
        data37 !== null
      ) {
        const err77 = {
          instancePath: instancePath + '/modules',
          schemaPath: '#/properties/modules/type',
          keyword: 'type',
          params: { type: schema31.properties.modules.type },
          message: 'must be object,string,null',
          schema: schema31.properties.modules.type,
          parentSchema: schema31.properties.modules,
          data: data37,
        };
        if (vErrors === null) {
          vErrors = [err77];
        } else {
          vErrors.push(err77);
        }
        errors++;
      }
      if (typeof data37 === 'string') {
        if (func2(data37) < 1) {
          const err78 = {
            instancePath: instancePath + '/modules',
            schemaPath: '#/properties/modules/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema31.properties.modules,
            data: data37,
          };
          if (vErrors === null) {
            vErrors = [err78];
          } else {
            vErrors.push(err78);
          }
          errors++;
        }
      }
      if (data37 && typeof data37 == 'object' && !Array.isArray(data37)) {
        for (const key9 in data37) {
          if (!(key9 === 'staging' || key9 === 'preprocessing' || key9 === 'postprocessing')) {
            const err79 = {
              instancePath: instancePath + '/modules',
              schemaPath: '#/properties/modules/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key9 },
              message: 'must NOT have additional properties',
              schema: false,
              parentSchema: schema31.properties.modules,
              data: data37,
            };
            if (vErrors === null) {
              vErrors = [err79];
            } else {
              vErrors.push(err79);
            }
            errors++;
          }
        }
        if (data37.staging !== undefined) {
          if (
            !validate24(data37.staging, {
              instancePath: instancePath + '/modules/staging',
              parentData: data37,
              parentDataProperty: 'staging',
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate24.errors : vErrors.concat(validate24.errors);
            errors = vErrors.length;
          }
        }
        if (data37.preprocessing !== undefined) {
          if (
            !validate24(data37.preprocessing, {
              instancePath: instancePath + '/modules/preprocessing',
              parentData: data37,
              parentDataProperty: 'preprocessing',
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate24.errors : vErrors.concat(validate24.errors);
            errors = vErrors.length;
          }
        }
        if (data37.postprocessing !== undefined) {
          if (
            !validate24(data37.postprocessing, {
              instancePath: instancePath + '/modules/postprocessing',
              parentData: data37,
              parentDataProperty: 'postprocessing',
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate24.errors : vErrors.concat(validate24.errors);
            errors = vErrors.length;
          }
        }
      }
    }
    if (data.labels !== undefined) {
      let data41 = data.labels;
      if (!(data41 && typeof data41 == 'object' && !Array.isArray(data41)) && data41 !== null) {
        const err80 = {
          instancePath: instancePath + '/labels',
          schemaPath: '#/properties/labels/type',
          keyword: 'type',
          params: { type: schema31.properties.labels.type },
          message: 'must be object,null',
          schema: schema31.properties.labels.type,
          parentSchema: schema31.properties.labels,
          data: data41,
        };
        if (vErrors === null) {
          vErrors = [err80];
        } else {
          vErrors.push(err80);
        }
        errors++;
      }
      if (data41 && typeof data41 == 'object' && !Array.isArray(data41)) {
        for (const key10 in data41) {
          const _errs97 = errors;
          if (typeof key10 === 'string') {
            if (!pattern25.test(key10)) {
              const err81 = {
                instancePath: instancePath + '/labels',
                schemaPath: '#/properties/labels/propertyNames/pattern',
                keyword: 'pattern',
                params: { pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$' },
                message: 'must match pattern "' + '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$' + '"',
                schema: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$',
                parentSchema: schema31.properties.labels.propertyNames,
                data: key10,
                propertyName: key10,
              };
              if (vErrors === null) {
                vErrors = [err81];
              } else {
                vErrors.push(err81);
              }
              errors++;
            }
          }
          var valid37 = _errs97 === errors;
          if (!valid37) {
            const err82 = {
              instancePath: instancePath + '/labels',
              schemaPath: '#/properties/labels/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key10 },
              message: 'property name must be valid',
              schema: schema31.properties.labels.propertyNames,
              parentSchema: schema31.properties.labels,
              data: data41,
            };
            if (vErrors === null) {
              vErrors = [err82];
            } else {
              vErrors.push(err82);
            }
            errors++;
          }
        }
        for (const key11 in data41) {
          let data42 = data41[key11];
          if (
            typeof data42 !== 'string' &&
            !(typeof data42 == 'number' && isFinite(data42)) &&
            typeof data42 !== 'boolean'
          ) {
            const err83 = {
              instancePath: instancePath + '/labels/' + key11.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/properties/labels/additionalProperties/type',
              keyword: 'type',
              params: { type: schema31.properties.labels.additionalProperties.type },
              message: 'must be string,number,boolean',
              schema: schema31.properties.labels.additionalProperties.type,
              parentSchema: schema31.properties.labels.additionalProperties,
              data: data42,
            };
            if (vErrors === null) {
              vErrors = [err83];
            } else {
              vErrors.push(err83);
            }
            errors++;
          }
          if (typeof data42 === 'string') {
            if (func2(data42) > 255) {
              const err84 = {
                instancePath: instancePath + '/labels/' + key11.replace(/~/g, '~0').replace(/\//g, '~1'),
                schemaPath: '#/properties/labels/additionalProperties/maxLength',
                keyword: 'maxLength',
                params: { limit: 255 },
                message: 'must NOT have more than 255 characters',
                schema: 255,
                parentSchema: schema31.properties.labels.additionalProperties,
                data: data42,
              };
              if (vErrors === null) {
                vErrors = [err84];
              } else {
                vErrors.push(err84);
              }
              errors++;
            }
            if (!pattern26.test(data42)) {
              const err85 = {
                instancePath: instancePath + '/labels/' + key11.replace(/~/g, '~0').replace(/\//g, '~1'),
                schemaPath: '#/properties/labels/additionalProperties/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\n]*$' },
                message: 'must match pattern "' + '^[^\\n]*$' + '"',
                schema: '^[^\\n]*$',
                parentSchema: schema31.properties.labels.additionalProperties,
                data: data42,
              };
              if (vErrors === null) {
                vErrors = [err85];
              } else {
                vErrors.push(err85);
              }
              errors++;
            }
          }
        }
      }
    }
    if (data.suspend !== undefined) {
      let data43 = data.suspend;
      if (typeof data43 !== 'boolean') {
        const err86 = {
          instancePath: instancePath + '/suspend',
          schemaPath: '#/properties/suspend/type',
          keyword: 'type',
          params: { type: 'boolean' },
          message: 'must be boolean',
          schema: schema31.properties.suspend.type,
          parentSchema: schema31.properties.suspend,
          data: data43,
        };
        if (vErrors === null) {
          vErrors = [err86];
        } else {
          vErrors.push(err86);
        }
        errors++;
      }
    }
    if (data.prepare_on !== undefined) {
      let data44 = data.prepare_on;
      if (!(data44 === 'login' || data44 === 'job')) {
        const err87 = {
          instancePath: instancePath + '/prepare_on',
          schemaPath: '#/properties/prepare_on/enum',
          keyword: 'enum',
          params: { allowedValues: schema31.properties.prepare_on.enum },
          message: 'must be equal to one of the allowed values',
          schema: schema31.properties.prepare_on.enum,
          parentSchema: schema31.properties.prepare_on,
          data: data44,
        };
        if (vErrors === null) {
          vErrors = [err87];
        } else {
          vErrors.push(err87);
        }
        errors++;
      }
    }
    if (data.fetch_on !== undefined) {
      let data45 = data.fetch_on;
      if (!(data45 === 'auto' || data45 === 'login' || data45 === 'here')) {
        const err88 = {
          instancePath: instancePath + '/fetch_on',
          schemaPath: '#/properties/fetch_on/enum',
          keyword: 'enum',
          params: { allowedValues: schema31.properties.fetch_on.enum },
          message: 'must be equal to one of the allowed values',
          schema: schema31.properties.fetch_on.enum,
          parentSchema: schema31.properties.fetch_on,
          data: data45,
        };
        if (vErrors === null) {
          vErrors = [err88];
        } else {
          vErrors.push(err88);
        }
        errors++;
      }
    }
    if (data.retry !== undefined) {
      let data46 = data.retry;
      if (data46 && typeof data46 == 'object' && !Array.isArray(data46)) {
        for (const key12 in data46) {
          if (!(key12 === 'attempts' || key12 === 'on' || key12 === 'backoff')) {
            const err89 = {
              instancePath: instancePath + '/retry',
              schemaPath: '#/properties/retry/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key12 },
              message: 'must NOT have additional properties',
              schema: false,
              parentSchema: schema31.properties.retry,
              data: data46,
            };
            if (vErrors === null) {
              vErrors = [err89];
            } else {
              vErrors.push(err89);
            }
            errors++;
          }
        }
        if (data46.attempts !== undefined) {
          let data47 = data46.attempts;
          if (!(typeof data47 == 'number' && !(data47 % 1) && !isNaN(data47) && isFinite(data47))) {
            const err90 = {
              instancePath: instancePath + '/retry/attempts',
              schemaPath: '#/properties/retry/properties/attempts/type',
              keyword: 'type',
              params: { type: 'integer' },
              message: 'must be integer',
              schema: schema31.properties.retry.properties.attempts.type,
              parentSchema: schema31.properties.retry.properties.attempts,
              data: data47,
            };
            if (vErrors === null) {
              vErrors = [err90];
            } else {
              vErrors.push(err90);
            }
            errors++;
          }
          if (typeof data47 == 'number' && isFinite(data47)) {
            if (data47 > 100 || isNaN(data47)) {
              const err91 = {
                instancePath: instancePath + '/retry/attempts',
                schemaPath: '#/properties/retry/properties/attempts/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 100 },
                message: 'must be <= 100',
                schema: 100,
                parentSchema: schema31.properties.retry.properties.attempts,
                data: data47,
              };
              if (vErrors === null) {
                vErrors = [err91];
              } else {
                vErrors.push(err91);
              }
              errors++;
            }
            if (data47 < 1 || isNaN(data47)) {
              const err92 = {
                instancePath: instancePath + '/retry/attempts',
                schemaPath: '#/properties/retry/properties/attempts/minimum',
                keyword: 'minimum',
                params: { comparison: '>=', limit: 1 },
                message: 'must be >= 1',
                schema: 1,
                parentSchema: schema31.properties.retry.properties.attempts,
                data: data47,
              };
              if (vErrors === null) {
                vErrors = [err92];
              } else {
                vErrors.push(err92);
              }
              errors++;
            }
          }
        }
        if (data46.on !== undefined) {
          let data48 = data46.on;
          if (typeof data48 !== 'string' && !Array.isArray(data48)) {
            const err93 = {
              instancePath: instancePath + '/retry/on',
              schemaPath: '#/properties/retry/properties/on/type',
              keyword: 'type',
              params: { type: schema31.properties.retry.properties.on.type },
              message: 'must be string,array',
              schema: schema31.properties.retry.properties.on.type,
              parentSchema: schema31.properties.retry.properties.on,
              data: data48,
            };
            if (vErrors === null) {
              vErrors = [err93];
            } else {
              vErrors.push(err93);
            }
            errors++;
          }
          if (Array.isArray(data48)) {
            const len9 = data48.length;
            for (let i11 = 0; i11 < len9; i11++) {
              let data49 = data48[i11];
              if (typeof data49 !== 'string') {
                const err94 = {
                  instancePath: instancePath + '/retry/on/' + i11,
                  schemaPath: '#/properties/retry/properties/on/items/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.retry.properties.on.items.type,
                  parentSchema: schema31.properties.retry.properties.on.items,
                  data: data49,
                };
                if (vErrors === null) {
                  vErrors = [err94];
                } else {
                  vErrors.push(err94);
                }
                errors++;
              }
            }
          }
        }
        if (data46.backoff !== undefined) {
          let data50 = data46.backoff;
          if (typeof data50 === 'string') {
            if (!pattern13.test(data50)) {
              const err95 = {
                instancePath: instancePath + '/retry/backoff',
                schemaPath: '#/properties/retry/properties/backoff/pattern',
                keyword: 'pattern',
                params: {
                  pattern:
                    '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                },
                message:
                  'must match pattern "' +
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$' +
                  '"',
                schema:
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                parentSchema: schema31.properties.retry.properties.backoff,
                data: data50,
              };
              if (vErrors === null) {
                vErrors = [err95];
              } else {
                vErrors.push(err95);
              }
              errors++;
            }
          } else {
            const err96 = {
              instancePath: instancePath + '/retry/backoff',
              schemaPath: '#/properties/retry/properties/backoff/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.retry.properties.backoff.type,
              parentSchema: schema31.properties.retry.properties.backoff,
              data: data50,
            };
            if (vErrors === null) {
              vErrors = [err96];
            } else {
              vErrors.push(err96);
            }
            errors++;
          }
        }
      } else {
        const err97 = {
          instancePath: instancePath + '/retry',
          schemaPath: '#/properties/retry/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
          schema: schema31.properties.retry.type,
          parentSchema: schema31.properties.retry,
          data: data46,
        };
        if (vErrors === null) {
          vErrors = [err97];
        } else {
          vErrors.push(err97);
        }
        errors++;
      }
    }
    if (data.on_edit !== undefined) {
      let data51 = data.on_edit;
      if (!(data51 === 'keep' || data51 === 'replace')) {
        const err98 = {
          instancePath: instancePath + '/on_edit',
          schemaPath: '#/properties/on_edit/enum',
          keyword: 'enum',
          params: { allowedValues: schema31.properties.on_edit.enum },
          message: 'must be equal to one of the allowed values',
          schema: schema31.properties.on_edit.enum,
          parentSchema: schema31.properties.on_edit,
          data: data51,
        };
        if (vErrors === null) {
          vErrors = [err98];
        } else {
          vErrors.push(err98);
        }
        errors++;
      }
    }
    if (data.on_delete !== undefined) {
      let data52 = data.on_delete;
      if (!(data52 === 'finish' || data52 === 'cancel' || data52 === 'orphan')) {
        const err99 = {
          instancePath: instancePath + '/on_delete',
          schemaPath: '#/properties/on_delete/enum',
          keyword: 'enum',
          params: { allowedValues: schema31.properties.on_delete.enum },
          message: 'must be equal to one of the allowed values',
          schema: schema31.properties.on_delete.enum,
          parentSchema: schema31.properties.on_delete,
          data: data52,
        };
        if (vErrors === null) {
          vErrors = [err99];
        } else {
          vErrors.push(err99);
        }
        errors++;
      }
    }
    if (data.on_cluster_lost !== undefined) {
      let data53 = data.on_cluster_lost;
      if (!(data53 === 'wait' || data53 === 'failover')) {
        const err100 = {
          instancePath: instancePath + '/on_cluster_lost',
          schemaPath: '#/properties/on_cluster_lost/enum',
          keyword: 'enum',
          params: { allowedValues: schema31.properties.on_cluster_lost.enum },
          message: 'must be equal to one of the allowed values',
          schema: schema31.properties.on_cluster_lost.enum,
          parentSchema: schema31.properties.on_cluster_lost,
          data: data53,
        };
        if (vErrors === null) {
          vErrors = [err100];
        } else {
          vErrors.push(err100);
        }
        errors++;
      }
    }
    if (data.depends_on !== undefined) {
      let data54 = data.depends_on;
      if (typeof data54 !== 'string' && !Array.isArray(data54)) {
        const err101 = {
          instancePath: instancePath + '/depends_on',
          schemaPath: '#/properties/depends_on/type',
          keyword: 'type',
          params: { type: schema31.properties.depends_on.type },
          message: 'must be string,array',
          schema: schema31.properties.depends_on.type,
          parentSchema: schema31.properties.depends_on,
          data: data54,
        };
        if (vErrors === null) {
          vErrors = [err101];
        } else {
          vErrors.push(err101);
        }
        errors++;
      }
      if (typeof data54 === 'string') {
        if (func2(data54) < 1) {
          const err102 = {
            instancePath: instancePath + '/depends_on',
            schemaPath: '#/properties/depends_on/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema31.properties.depends_on,
            data: data54,
          };
          if (vErrors === null) {
            vErrors = [err102];
          } else {
            vErrors.push(err102);
          }
          errors++;
        }
      }
      if (Array.isArray(data54)) {
        const len10 = data54.length;
        for (let i12 = 0; i12 < len10; i12++) {
          let data55 = data54[i12];
          if (
            typeof data55 !== 'string' &&
            !(data55 && typeof data55 == 'object' && !Array.isArray(data55))
          ) {
            const err103 = {
              instancePath: instancePath + '/depends_on/' + i12,
              schemaPath: '#/properties/depends_on/items/type',
              keyword: 'type',
              params: { type: schema31.properties.depends_on.items.type },
              message: 'must be string,object',
              schema: schema31.properties.depends_on.items.type,
              parentSchema: schema31.properties.depends_on.items,
              data: data55,
            };
            if (vErrors === null) {
              vErrors = [err103];
            } else {
              vErrors.push(err103);
            }
            errors++;
          }
          if (typeof data55 === 'string') {
            if (func2(data55) < 1) {
              const err104 = {
                instancePath: instancePath + '/depends_on/' + i12,
                schemaPath: '#/properties/depends_on/items/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema31.properties.depends_on.items,
                data: data55,
              };
              if (vErrors === null) {
                vErrors = [err104];
              } else {
                vErrors.push(err104);
              }
              errors++;
            }
          }
          if (data55 && typeof data55 == 'object' && !Array.isArray(data55)) {
            if (data55.name === undefined) {
              const err105 = {
                instancePath: instancePath + '/depends_on/' + i12,
                schemaPath: '#/properties/depends_on/items/required',
                keyword: 'required',
                params: { missingProperty: 'name' },
                message: "must have required property '" + 'name' + "'",
                schema: schema31.properties.depends_on.items.required,
                parentSchema: schema31.properties.depends_on.items,
                data: data55,
              };
              if (vErrors === null) {
                vErrors = [err105];
              } else {
                vErrors.push(err105);
              }
              errors++;
            }
            for (const key13 in data55) {
              if (!(key13 === 'name' || key13 === 'when')) {
                const err106 = {
                  instancePath: instancePath + '/depends_on/' + i12,
                  schemaPath: '#/properties/depends_on/items/additionalProperties',
                  keyword: 'additionalProperties',
                  params: { additionalProperty: key13 },
                  message: 'must NOT have additional properties',
                  schema: false,
                  parentSchema: schema31.properties.depends_on.items,
                  data: data55,
                };
                if (vErrors === null) {
                  vErrors = [err106];
                } else {
                  vErrors.push(err106);
                }
                errors++;
              }
            }
            if (data55.name !== undefined) {
              let data56 = data55.name;
              if (typeof data56 === 'string') {
                if (func2(data56) < 1) {
                  const err107 = {
                    instancePath: instancePath + '/depends_on/' + i12 + '/name',
                    schemaPath: '#/properties/depends_on/items/properties/name/minLength',
                    keyword: 'minLength',
                    params: { limit: 1 },
                    message: 'must NOT have fewer than 1 characters',
                    schema: 1,
                    parentSchema: schema31.properties.depends_on.items.properties.name,
                    data: data56,
                  };
                  if (vErrors === null) {
                    vErrors = [err107];
                  } else {
                    vErrors.push(err107);
                  }
                  errors++;
                }
              } else {
                const err108 = {
                  instancePath: instancePath + '/depends_on/' + i12 + '/name',
                  schemaPath: '#/properties/depends_on/items/properties/name/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.depends_on.items.properties.name.type,
                  parentSchema: schema31.properties.depends_on.items.properties.name,
                  data: data56,
                };
                if (vErrors === null) {
                  vErrors = [err108];
                } else {
                  vErrors.push(err108);
                }
                errors++;
              }
            }
            if (data55.when !== undefined) {
              let data57 = data55.when;
              if (!(data57 === 'succeeded' || data57 === 'finished' || data57 === 'failed')) {
                const err109 = {
                  instancePath: instancePath + '/depends_on/' + i12 + '/when',
                  schemaPath: '#/properties/depends_on/items/properties/when/enum',
                  keyword: 'enum',
                  params: { allowedValues: schema31.properties.depends_on.items.properties.when.enum },
                  message: 'must be equal to one of the allowed values',
                  schema: schema31.properties.depends_on.items.properties.when.enum,
                  parentSchema: schema31.properties.depends_on.items.properties.when,
                  data: data57,
                };
                if (vErrors === null) {
                  vErrors = [err109];
                } else {
                  vErrors.push(err109);
                }
                errors++;
              }
            }
          }
        }
      }
    }
  } else {
    const err110 = {
      instancePath,
      schemaPath: '#/type',
      keyword: 'type',
      params: { type: 'object' },
      message: 'must be object',
      schema: schema31.type,
      parentSchema: schema31,
      data,
    };
    if (vErrors === null) {
      vErrors = [err110];
    } else {
      vErrors.push(err110);
    }
    errors++;
  }
  validate20.errors = vErrors;
  return errors === 0;
}
validate20.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

exports.stages = validate28;
const schema44 = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    staging: { $ref: '#/$defs/stage' },
    preprocessing: { $ref: '#/$defs/stage' },
    postprocessing: { $ref: '#/$defs/stage' },
  },
};

function validate28(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  let vErrors = null;
  let errors = 0;
  const evaluated0 = validate28.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (!(data && typeof data == 'object' && !Array.isArray(data)) && data !== null) {
    const err0 = {
      instancePath,
      schemaPath: '#/type',
      keyword: 'type',
      params: { type: schema44.type },
      message: 'must be object,null',
      schema: schema44.type,
      parentSchema: schema44,
      data,
    };
    if (vErrors === null) {
      vErrors = [err0];
    } else {
      vErrors.push(err0);
    }
    errors++;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!(key0 === 'staging' || key0 === 'preprocessing' || key0 === 'postprocessing')) {
        const err1 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
          message: 'must NOT have additional properties',
          schema: false,
          parentSchema: schema44,
          data,
        };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
    }
    if (data.staging !== undefined) {
      if (
        !validate24(data.staging, {
          instancePath: instancePath + '/staging',
          parentData: data,
          parentDataProperty: 'staging',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate24.errors : vErrors.concat(validate24.errors);
        errors = vErrors.length;
      }
    }
    if (data.preprocessing !== undefined) {
      if (
        !validate24(data.preprocessing, {
          instancePath: instancePath + '/preprocessing',
          parentData: data,
          parentDataProperty: 'preprocessing',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate24.errors : vErrors.concat(validate24.errors);
        errors = vErrors.length;
      }
    }
    if (data.postprocessing !== undefined) {
      if (
        !validate24(data.postprocessing, {
          instancePath: instancePath + '/postprocessing',
          parentData: data,
          parentDataProperty: 'postprocessing',
          rootData,
          dynamicAnchors,
        })
      ) {
        vErrors = vErrors === null ? validate24.errors : vErrors.concat(validate24.errors);
        errors = vErrors.length;
      }
    }
  }
  validate28.errors = vErrors;
  return errors === 0;
}
validate28.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

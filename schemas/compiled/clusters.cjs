/* eslint-disable */
/* Generated from schemas/ by `npm run generate`; edit the schema instead. */
'use strict';
exports.clusters = validate20;
const schema31 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://sluice.invalid/schemas/clusters.schema.json',
  title: 'ClustersFile',
  type: 'object',
  additionalProperties: false,
  required: ['clusters'],
  properties: {
    clusters: {
      type: 'object',
      minProperties: 1,
      propertyNames: {
        pattern: '^[A-Za-z][A-Za-z0-9._-]{0,62}$',
        patternErrorMessage:
          "letters, digits, '.', '_' and '-', beginning with a letter, at most 63 characters",
      },
      additionalProperties: { $ref: '#/$defs/cluster' },
    },
  },
  $defs: {
    cluster: {
      type: 'object',
      additionalProperties: false,
      properties: {
        hostname: {
          type: ['string', 'array'],
          pattern: '^[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\[\\]-]*$',
          patternErrorMessage:
            'a host name or an alias of ~/.ssh/config; the login goes to username, the port to port',
          minItems: 1,
          uniqueItems: true,
          items: {
            type: 'string',
            pattern: '^[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\[\\]-]*$',
            patternErrorMessage:
              'a host name or an alias of ~/.ssh/config; the login goes to username, the port to port',
          },
        },
        port: { type: 'integer', minimum: 1, maximum: 65535 },
        workload_manager: { enum: ['slurm', 'direct'] },
        transport: { enum: ['ssh2', 'openssh', 'local'] },
        preferred_jobs: { type: ['string', 'array'], minLength: 1, items: { type: 'string', minLength: 1 } },
        partition: {
          type: 'string',
          pattern: '^[^\\s-][^\\s]*$',
          patternErrorMessage: "a partition's name, or several joined by commas, without blanks",
        },
        username: {
          type: 'string',
          pattern: '^[^\\s@:-][^\\s@:]*$',
          patternErrorMessage: "a login name: no blanks, no '@', no ':'",
        },
        private_key: { type: 'string', pattern: '^[^\\n\\t]+$', patternErrorMessage: 'one line of text' },
        proxy_jump: {
          type: 'string',
          pattern: '^[^\\s-][^\\s]*$',
          patternErrorMessage: '[user@]host[:port], without blanks',
        },
        host_key: {
          type: ['string', 'array'],
          pattern: '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$',
          patternErrorMessage: 'the type and the key as in known_hosts, such as ssh-ed25519 AAAAC3Nza…',
          items: {
            type: 'string',
            pattern: '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$',
            patternErrorMessage: 'the type and the key as in known_hosts, such as ssh-ed25519 AAAAC3Nza…',
          },
        },
        work_dir: {
          type: 'string',
          pattern: '^(/|~(/|$)|\\$[A-Za-z_][A-Za-z0-9_]*(/|$))[^$\\n]*$',
          patternErrorMessage: 'an absolute path on the cluster; it may begin with ~ or one $VARIABLE',
        },
        claims_dir: {
          type: 'string',
          pattern: '^(/|~(/|$)|\\$[A-Za-z_][A-Za-z0-9_]*(/|$))[^$\\n]*$',
          patternErrorMessage: 'an absolute path on the cluster; it may begin with ~ or one $VARIABLE',
        },
        max_jobs: { type: 'integer', minimum: 1 },
        poll_interval: {
          type: 'string',
          pattern:
            '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
          'x-unit': 'duration',
        },
        failover_after: {
          type: 'string',
          pattern:
            '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
          'x-unit': 'duration',
        },
        submit_rate: { type: 'number', exclusiveMinimum: 0, maximum: 1000 },
        fetch_on: { enum: ['auto', 'login', 'here'] },
        max_download: {
          type: 'string',
          pattern: '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$',
          'x-unit': 'memory',
        },
        login_shell: { type: 'boolean' },
        setup: { $ref: '#/$defs/commands' },
        environment: { $ref: '#/$defs/environment' },
        sbatch_options: { $ref: '#/$defs/sbatch_options' },
      },
    },
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
  },
};
const pattern4 = new RegExp('^[A-Za-z][A-Za-z0-9._-]{0,62}$', 'u');
const schema32 = {
  type: 'object',
  additionalProperties: false,
  properties: {
    hostname: {
      type: ['string', 'array'],
      pattern: '^[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\[\\]-]*$',
      patternErrorMessage:
        'a host name or an alias of ~/.ssh/config; the login goes to username, the port to port',
      minItems: 1,
      uniqueItems: true,
      items: {
        type: 'string',
        pattern: '^[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\[\\]-]*$',
        patternErrorMessage:
          'a host name or an alias of ~/.ssh/config; the login goes to username, the port to port',
      },
    },
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    workload_manager: { enum: ['slurm', 'direct'] },
    transport: { enum: ['ssh2', 'openssh', 'local'] },
    preferred_jobs: { type: ['string', 'array'], minLength: 1, items: { type: 'string', minLength: 1 } },
    partition: {
      type: 'string',
      pattern: '^[^\\s-][^\\s]*$',
      patternErrorMessage: "a partition's name, or several joined by commas, without blanks",
    },
    username: {
      type: 'string',
      pattern: '^[^\\s@:-][^\\s@:]*$',
      patternErrorMessage: "a login name: no blanks, no '@', no ':'",
    },
    private_key: { type: 'string', pattern: '^[^\\n\\t]+$', patternErrorMessage: 'one line of text' },
    proxy_jump: {
      type: 'string',
      pattern: '^[^\\s-][^\\s]*$',
      patternErrorMessage: '[user@]host[:port], without blanks',
    },
    host_key: {
      type: ['string', 'array'],
      pattern: '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$',
      patternErrorMessage: 'the type and the key as in known_hosts, such as ssh-ed25519 AAAAC3Nza…',
      items: {
        type: 'string',
        pattern: '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$',
        patternErrorMessage: 'the type and the key as in known_hosts, such as ssh-ed25519 AAAAC3Nza…',
      },
    },
    work_dir: {
      type: 'string',
      pattern: '^(/|~(/|$)|\\$[A-Za-z_][A-Za-z0-9_]*(/|$))[^$\\n]*$',
      patternErrorMessage: 'an absolute path on the cluster; it may begin with ~ or one $VARIABLE',
    },
    claims_dir: {
      type: 'string',
      pattern: '^(/|~(/|$)|\\$[A-Za-z_][A-Za-z0-9_]*(/|$))[^$\\n]*$',
      patternErrorMessage: 'an absolute path on the cluster; it may begin with ~ or one $VARIABLE',
    },
    max_jobs: { type: 'integer', minimum: 1 },
    poll_interval: {
      type: 'string',
      pattern:
        '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
      'x-unit': 'duration',
    },
    failover_after: {
      type: 'string',
      pattern:
        '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
      'x-unit': 'duration',
    },
    submit_rate: { type: 'number', exclusiveMinimum: 0, maximum: 1000 },
    fetch_on: { enum: ['auto', 'login', 'here'] },
    max_download: {
      type: 'string',
      pattern: '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$',
      'x-unit': 'memory',
    },
    login_shell: { type: 'boolean' },
    setup: { $ref: '#/$defs/commands' },
    environment: { $ref: '#/$defs/environment' },
    sbatch_options: { $ref: '#/$defs/sbatch_options' },
  },
};
const schema33 = { type: ['string', 'array', 'null'], minLength: 1, items: { type: 'string', minLength: 1 } };
const schema34 = {
  type: ['object', 'null'],
  propertyNames: {
    pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
    patternErrorMessage: "a variable's name has letters, digits and '_' and does not begin with a digit",
  },
  additionalProperties: { type: ['string', 'number', 'boolean'] },
};
const schema35 = {
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
const func1 = Object.prototype.hasOwnProperty;
const func2 = require('ajv/dist/runtime/ucs2length').default;
const pattern5 = new RegExp('^[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\[\\]-]*$', 'u');
const pattern7 = new RegExp('^[^\\s-][^\\s]*$', 'u');
const pattern8 = new RegExp('^[^\\s@:-][^\\s@:]*$', 'u');
const pattern9 = new RegExp('^[^\\n\\t]+$', 'u');
const pattern11 = new RegExp('^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$', 'u');
const pattern13 = new RegExp('^(/|~(/|$)|\\$[A-Za-z_][A-Za-z0-9_]*(/|$))[^$\\n]*$', 'u');
const pattern15 = new RegExp(
  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
  'u',
);
const pattern17 = new RegExp('^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$', 'u');
const pattern18 = new RegExp('^[A-Za-z_][A-Za-z0-9_]*$', 'u');
const pattern19 = new RegExp('^[A-Za-z][A-Za-z0-9-]*$', 'u');

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
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!func1.call(schema32.properties, key0)) {
        const err0 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
          message: 'must NOT have additional properties',
          schema: false,
          parentSchema: schema32,
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
    if (data.hostname !== undefined) {
      let data0 = data.hostname;
      if (typeof data0 !== 'string' && !Array.isArray(data0)) {
        const err1 = {
          instancePath: instancePath + '/hostname',
          schemaPath: '#/properties/hostname/type',
          keyword: 'type',
          params: { type: schema32.properties.hostname.type },
          message: 'must be string,array',
          schema: schema32.properties.hostname.type,
          parentSchema: schema32.properties.hostname,
          data: data0,
        };
        if (vErrors === null) {
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
      if (typeof data0 === 'string') {
        if (!pattern5.test(data0)) {
          const err2 = {
            instancePath: instancePath + '/hostname',
            schemaPath: '#/properties/hostname/pattern',
            keyword: 'pattern',
            params: { pattern: '^[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\[\\]-]*$' },
            message: 'must match pattern "' + '^[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\[\\]-]*$' + '"',
            schema: '^[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\[\\]-]*$',
            parentSchema: schema32.properties.hostname,
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
      if (Array.isArray(data0)) {
        if (data0.length < 1) {
          const err3 = {
            instancePath: instancePath + '/hostname',
            schemaPath: '#/properties/hostname/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 items',
            schema: 1,
            parentSchema: schema32.properties.hostname,
            data: data0,
          };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
        const len0 = data0.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data1 = data0[i0];
          if (typeof data1 === 'string') {
            if (!pattern5.test(data1)) {
              const err4 = {
                instancePath: instancePath + '/hostname/' + i0,
                schemaPath: '#/properties/hostname/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\[\\]-]*$' },
                message: 'must match pattern "' + '^[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\[\\]-]*$' + '"',
                schema: '^[A-Za-z0-9_\\[:][A-Za-z0-9._:%\\[\\]-]*$',
                parentSchema: schema32.properties.hostname.items,
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
              instancePath: instancePath + '/hostname/' + i0,
              schemaPath: '#/properties/hostname/items/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema32.properties.hostname.items.type,
              parentSchema: schema32.properties.hostname.items,
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
        let i1 = data0.length;
        let j0;
        if (i1 > 1) {
          const indices0 = {};
          for (; i1--;) {
            let item0 = data0[i1];
            if (typeof item0 !== 'string') {
              continue;
            }
            if (typeof indices0[item0] == 'number') {
              j0 = indices0[item0];
              const err6 = {
                instancePath: instancePath + '/hostname',
                schemaPath: '#/properties/hostname/uniqueItems',
                keyword: 'uniqueItems',
                params: { i: i1, j: j0 },
                message: 'must NOT have duplicate items (items ## ' + j0 + ' and ' + i1 + ' are identical)',
                schema: true,
                parentSchema: schema32.properties.hostname,
                data: data0,
              };
              if (vErrors === null) {
                vErrors = [err6];
              } else {
                vErrors.push(err6);
              }
              errors++;
              break;
            }
            indices0[item0] = i1;
          }
        }
      }
    }
    if (data.port !== undefined) {
      let data2 = data.port;
      if (!(typeof data2 == 'number' && !(data2 % 1) && !isNaN(data2) && isFinite(data2))) {
        const err7 = {
          instancePath: instancePath + '/port',
          schemaPath: '#/properties/port/type',
          keyword: 'type',
          params: { type: 'integer' },
          message: 'must be integer',
          schema: schema32.properties.port.type,
          parentSchema: schema32.properties.port,
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
        if (data2 > 65535 || isNaN(data2)) {
          const err8 = {
            instancePath: instancePath + '/port',
            schemaPath: '#/properties/port/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 65535 },
            message: 'must be <= 65535',
            schema: 65535,
            parentSchema: schema32.properties.port,
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
            instancePath: instancePath + '/port',
            schemaPath: '#/properties/port/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 1 },
            message: 'must be >= 1',
            schema: 1,
            parentSchema: schema32.properties.port,
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
    if (data.workload_manager !== undefined) {
      let data3 = data.workload_manager;
      if (!(data3 === 'slurm' || data3 === 'direct')) {
        const err10 = {
          instancePath: instancePath + '/workload_manager',
          schemaPath: '#/properties/workload_manager/enum',
          keyword: 'enum',
          params: { allowedValues: schema32.properties.workload_manager.enum },
          message: 'must be equal to one of the allowed values',
          schema: schema32.properties.workload_manager.enum,
          parentSchema: schema32.properties.workload_manager,
          data: data3,
        };
        if (vErrors === null) {
          vErrors = [err10];
        } else {
          vErrors.push(err10);
        }
        errors++;
      }
    }
    if (data.transport !== undefined) {
      let data4 = data.transport;
      if (!(data4 === 'ssh2' || data4 === 'openssh' || data4 === 'local')) {
        const err11 = {
          instancePath: instancePath + '/transport',
          schemaPath: '#/properties/transport/enum',
          keyword: 'enum',
          params: { allowedValues: schema32.properties.transport.enum },
          message: 'must be equal to one of the allowed values',
          schema: schema32.properties.transport.enum,
          parentSchema: schema32.properties.transport,
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
    if (data.preferred_jobs !== undefined) {
      let data5 = data.preferred_jobs;
      if (typeof data5 !== 'string' && !Array.isArray(data5)) {
        const err12 = {
          instancePath: instancePath + '/preferred_jobs',
          schemaPath: '#/properties/preferred_jobs/type',
          keyword: 'type',
          params: { type: schema32.properties.preferred_jobs.type },
          message: 'must be string,array',
          schema: schema32.properties.preferred_jobs.type,
          parentSchema: schema32.properties.preferred_jobs,
          data: data5,
        };
        if (vErrors === null) {
          vErrors = [err12];
        } else {
          vErrors.push(err12);
        }
        errors++;
      }
      if (typeof data5 === 'string') {
        if (func2(data5) < 1) {
          const err13 = {
            instancePath: instancePath + '/preferred_jobs',
            schemaPath: '#/properties/preferred_jobs/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema32.properties.preferred_jobs,
            data: data5,
          };
          if (vErrors === null) {
            vErrors = [err13];
          } else {
            vErrors.push(err13);
          }
          errors++;
        }
      }
      if (Array.isArray(data5)) {
        const len1 = data5.length;
        for (let i2 = 0; i2 < len1; i2++) {
          let data6 = data5[i2];
          if (typeof data6 === 'string') {
            if (func2(data6) < 1) {
              const err14 = {
                instancePath: instancePath + '/preferred_jobs/' + i2,
                schemaPath: '#/properties/preferred_jobs/items/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema32.properties.preferred_jobs.items,
                data: data6,
              };
              if (vErrors === null) {
                vErrors = [err14];
              } else {
                vErrors.push(err14);
              }
              errors++;
            }
          } else {
            const err15 = {
              instancePath: instancePath + '/preferred_jobs/' + i2,
              schemaPath: '#/properties/preferred_jobs/items/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema32.properties.preferred_jobs.items.type,
              parentSchema: schema32.properties.preferred_jobs.items,
              data: data6,
            };
            if (vErrors === null) {
              vErrors = [err15];
            } else {
              vErrors.push(err15);
            }
            errors++;
          }
        }
      }
    }
    if (data.partition !== undefined) {
      let data7 = data.partition;
      if (typeof data7 === 'string') {
        if (!pattern7.test(data7)) {
          const err16 = {
            instancePath: instancePath + '/partition',
            schemaPath: '#/properties/partition/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\s-][^\\s]*$' },
            message: 'must match pattern "' + '^[^\\s-][^\\s]*$' + '"',
            schema: '^[^\\s-][^\\s]*$',
            parentSchema: schema32.properties.partition,
            data: data7,
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
          instancePath: instancePath + '/partition',
          schemaPath: '#/properties/partition/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema32.properties.partition.type,
          parentSchema: schema32.properties.partition,
          data: data7,
        };
        if (vErrors === null) {
          vErrors = [err17];
        } else {
          vErrors.push(err17);
        }
        errors++;
      }
    }
    if (data.username !== undefined) {
      let data8 = data.username;
      if (typeof data8 === 'string') {
        if (!pattern8.test(data8)) {
          const err18 = {
            instancePath: instancePath + '/username',
            schemaPath: '#/properties/username/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\s@:-][^\\s@:]*$' },
            message: 'must match pattern "' + '^[^\\s@:-][^\\s@:]*$' + '"',
            schema: '^[^\\s@:-][^\\s@:]*$',
            parentSchema: schema32.properties.username,
            data: data8,
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
          instancePath: instancePath + '/username',
          schemaPath: '#/properties/username/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema32.properties.username.type,
          parentSchema: schema32.properties.username,
          data: data8,
        };
        if (vErrors === null) {
          vErrors = [err19];
        } else {
          vErrors.push(err19);
        }
        errors++;
      }
    }
    if (data.private_key !== undefined) {
      let data9 = data.private_key;
      if (typeof data9 === 'string') {
        if (!pattern9.test(data9)) {
          const err20 = {
            instancePath: instancePath + '/private_key',
            schemaPath: '#/properties/private_key/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\n\\t]+$' },
            message: 'must match pattern "' + '^[^\\n\\t]+$' + '"',
            schema: '^[^\\n\\t]+$',
            parentSchema: schema32.properties.private_key,
            data: data9,
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
          instancePath: instancePath + '/private_key',
          schemaPath: '#/properties/private_key/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema32.properties.private_key.type,
          parentSchema: schema32.properties.private_key,
          data: data9,
        };
        if (vErrors === null) {
          vErrors = [err21];
        } else {
          vErrors.push(err21);
        }
        errors++;
      }
    }
    if (data.proxy_jump !== undefined) {
      let data10 = data.proxy_jump;
      if (typeof data10 === 'string') {
        if (!pattern7.test(data10)) {
          const err22 = {
            instancePath: instancePath + '/proxy_jump',
            schemaPath: '#/properties/proxy_jump/pattern',
            keyword: 'pattern',
            params: { pattern: '^[^\\s-][^\\s]*$' },
            message: 'must match pattern "' + '^[^\\s-][^\\s]*$' + '"',
            schema: '^[^\\s-][^\\s]*$',
            parentSchema: schema32.properties.proxy_jump,
            data: data10,
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
          instancePath: instancePath + '/proxy_jump',
          schemaPath: '#/properties/proxy_jump/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema32.properties.proxy_jump.type,
          parentSchema: schema32.properties.proxy_jump,
          data: data10,
        };
        if (vErrors === null) {
          vErrors = [err23];
        } else {
          vErrors.push(err23);
        }
        errors++;
      }
    }
    if (data.host_key !== undefined) {
      let data11 = data.host_key;
      if (typeof data11 !== 'string' && !Array.isArray(data11)) {
        const err24 = {
          instancePath: instancePath + '/host_key',
          schemaPath: '#/properties/host_key/type',
          keyword: 'type',
          params: { type: schema32.properties.host_key.type },
          message: 'must be string,array',
          schema: schema32.properties.host_key.type,
          parentSchema: schema32.properties.host_key,
          data: data11,
        };
        if (vErrors === null) {
          vErrors = [err24];
        } else {
          vErrors.push(err24);
        }
        errors++;
      }
      if (typeof data11 === 'string') {
        if (!pattern11.test(data11)) {
          const err25 = {
            instancePath: instancePath + '/host_key',
            schemaPath: '#/properties/host_key/pattern',
            keyword: 'pattern',
            params: { pattern: '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$' },
            message: 'must match pattern "' + '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$' + '"',
            schema: '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$',
            parentSchema: schema32.properties.host_key,
            data: data11,
          };
          if (vErrors === null) {
            vErrors = [err25];
          } else {
            vErrors.push(err25);
          }
          errors++;
        }
      }
      if (Array.isArray(data11)) {
        const len2 = data11.length;
        for (let i3 = 0; i3 < len2; i3++) {
          let data12 = data11[i3];
          if (typeof data12 === 'string') {
            if (!pattern11.test(data12)) {
              const err26 = {
                instancePath: instancePath + '/host_key/' + i3,
                schemaPath: '#/properties/host_key/items/pattern',
                keyword: 'pattern',
                params: { pattern: '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$' },
                message:
                  'must match pattern "' + '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$' + '"',
                schema: '^(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$',
                parentSchema: schema32.properties.host_key.items,
                data: data12,
              };
              if (vErrors === null) {
                vErrors = [err26];
              } else {
                vErrors.push(err26);
              }
              errors++;
            }
          } else {
            const err27 = {
              instancePath: instancePath + '/host_key/' + i3,
              schemaPath: '#/properties/host_key/items/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema32.properties.host_key.items.type,
              parentSchema: schema32.properties.host_key.items,
              data: data12,
            };
            if (vErrors === null) {
              vErrors = [err27];
            } else {
              vErrors.push(err27);
            }
            errors++;
          }
        }
      }
    }
    if (data.work_dir !== undefined) {
      let data13 = data.work_dir;
      if (typeof data13 === 'string') {
        if (!pattern13.test(data13)) {
          const err28 = {
            instancePath: instancePath + '/work_dir',
            schemaPath: '#/properties/work_dir/pattern',
            keyword: 'pattern',
            params: { pattern: '^(/|~(/|$)|\\$[A-Za-z_][A-Za-z0-9_]*(/|$))[^$\\n]*$' },
            message: 'must match pattern "' + '^(/|~(/|$)|\\$[A-Za-z_][A-Za-z0-9_]*(/|$))[^$\\n]*$' + '"',
            schema: '^(/|~(/|$)|\\$[A-Za-z_][A-Za-z0-9_]*(/|$))[^$\\n]*$',
            parentSchema: schema32.properties.work_dir,
            data: data13,
          };
          if (vErrors === null) {
            vErrors = [err28];
          } else {
            vErrors.push(err28);
          }
          errors++;
        }
      } else {
        const err29 = {
          instancePath: instancePath + '/work_dir',
          schemaPath: '#/properties/work_dir/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema32.properties.work_dir.type,
          parentSchema: schema32.properties.work_dir,
          data: data13,
        };
        if (vErrors === null) {
          vErrors = [err29];
        } else {
          vErrors.push(err29);
        }
        errors++;
      }
    }
    if (data.claims_dir !== undefined) {
      let data14 = data.claims_dir;
      if (typeof data14 === 'string') {
        if (!pattern13.test(data14)) {
          const err30 = {
            instancePath: instancePath + '/claims_dir',
            schemaPath: '#/properties/claims_dir/pattern',
            keyword: 'pattern',
            params: { pattern: '^(/|~(/|$)|\\$[A-Za-z_][A-Za-z0-9_]*(/|$))[^$\\n]*$' },
            message: 'must match pattern "' + '^(/|~(/|$)|\\$[A-Za-z_][A-Za-z0-9_]*(/|$))[^$\\n]*$' + '"',
            schema: '^(/|~(/|$)|\\$[A-Za-z_][A-Za-z0-9_]*(/|$))[^$\\n]*$',
            parentSchema: schema32.properties.claims_dir,
            data: data14,
          };
          if (vErrors === null) {
            vErrors = [err30];
          } else {
            vErrors.push(err30);
          }
          errors++;
        }
      } else {
        const err31 = {
          instancePath: instancePath + '/claims_dir',
          schemaPath: '#/properties/claims_dir/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema32.properties.claims_dir.type,
          parentSchema: schema32.properties.claims_dir,
          data: data14,
        };
        if (vErrors === null) {
          vErrors = [err31];
        } else {
          vErrors.push(err31);
        }
        errors++;
      }
    }
    if (data.max_jobs !== undefined) {
      let data15 = data.max_jobs;
      if (!(typeof data15 == 'number' && !(data15 % 1) && !isNaN(data15) && isFinite(data15))) {
        const err32 = {
          instancePath: instancePath + '/max_jobs',
          schemaPath: '#/properties/max_jobs/type',
          keyword: 'type',
          params: { type: 'integer' },
          message: 'must be integer',
          schema: schema32.properties.max_jobs.type,
          parentSchema: schema32.properties.max_jobs,
          data: data15,
        };
        if (vErrors === null) {
          vErrors = [err32];
        } else {
          vErrors.push(err32);
        }
        errors++;
      }
      if (typeof data15 == 'number' && isFinite(data15)) {
        if (data15 < 1 || isNaN(data15)) {
          const err33 = {
            instancePath: instancePath + '/max_jobs',
            schemaPath: '#/properties/max_jobs/minimum',
            keyword: 'minimum',
            params: { comparison: '>=', limit: 1 },
            message: 'must be >= 1',
            schema: 1,
            parentSchema: schema32.properties.max_jobs,
            data: data15,
          };
          if (vErrors === null) {
            vErrors = [err33];
          } else {
            vErrors.push(err33);
          }
          errors++;
        }
      }
    }
    if (data.poll_interval !== undefined) {
      let data16 = data.poll_interval;
      if (typeof data16 === 'string') {
        if (!pattern15.test(data16)) {
          const err34 = {
            instancePath: instancePath + '/poll_interval',
            schemaPath: '#/properties/poll_interval/pattern',
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
            parentSchema: schema32.properties.poll_interval,
            data: data16,
          };
          if (vErrors === null) {
            vErrors = [err34];
          } else {
            vErrors.push(err34);
          }
          errors++;
        }
      } else {
        const err35 = {
          instancePath: instancePath + '/poll_interval',
          schemaPath: '#/properties/poll_interval/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema32.properties.poll_interval.type,
          parentSchema: schema32.properties.poll_interval,
          data: data16,
        };
        if (vErrors === null) {
          vErrors = [err35];
        } else {
          vErrors.push(err35);
        }
        errors++;
      }
    }
    if (data.failover_after !== undefined) {
      let data17 = data.failover_after;
      if (typeof data17 === 'string') {
        if (!pattern15.test(data17)) {
          const err36 = {
            instancePath: instancePath + '/failover_after',
            schemaPath: '#/properties/failover_after/pattern',
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
            parentSchema: schema32.properties.failover_after,
            data: data17,
          };
          if (vErrors === null) {
            vErrors = [err36];
          } else {
            vErrors.push(err36);
          }
          errors++;
        }
      } else {
        const err37 = {
          instancePath: instancePath + '/failover_after',
          schemaPath: '#/properties/failover_after/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema32.properties.failover_after.type,
          parentSchema: schema32.properties.failover_after,
          data: data17,
        };
        if (vErrors === null) {
          vErrors = [err37];
        } else {
          vErrors.push(err37);
        }
        errors++;
      }
    }
    if (data.submit_rate !== undefined) {
      let data18 = data.submit_rate;
      if (typeof data18 == 'number' && isFinite(data18)) {
        if (data18 > 1000 || isNaN(data18)) {
          const err38 = {
            instancePath: instancePath + '/submit_rate',
            schemaPath: '#/properties/submit_rate/maximum',
            keyword: 'maximum',
            params: { comparison: '<=', limit: 1000 },
            message: 'must be <= 1000',
            schema: 1000,
            parentSchema: schema32.properties.submit_rate,
            data: data18,
          };
          if (vErrors === null) {
            vErrors = [err38];
          } else {
            vErrors.push(err38);
          }
          errors++;
        }
        if (data18 <= 0 || isNaN(data18)) {
          const err39 = {
            instancePath: instancePath + '/submit_rate',
            schemaPath: '#/properties/submit_rate/exclusiveMinimum',
            keyword: 'exclusiveMinimum',
            params: { comparison: '>', limit: 0 },
            message: 'must be > 0',
            schema: 0,
            parentSchema: schema32.properties.submit_rate,
            data: data18,
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
          instancePath: instancePath + '/submit_rate',
          schemaPath: '#/properties/submit_rate/type',
          keyword: 'type',
          params: { type: 'number' },
          message: 'must be number',
          schema: schema32.properties.submit_rate.type,
          parentSchema: schema32.properties.submit_rate,
          data: data18,
        };
        if (vErrors === null) {
          vErrors = [err40];
        } else {
          vErrors.push(err40);
        }
        errors++;
      }
    }
    if (data.fetch_on !== undefined) {
      let data19 = data.fetch_on;
      if (!(data19 === 'auto' || data19 === 'login' || data19 === 'here')) {
        const err41 = {
          instancePath: instancePath + '/fetch_on',
          schemaPath: '#/properties/fetch_on/enum',
          keyword: 'enum',
          params: { allowedValues: schema32.properties.fetch_on.enum },
          message: 'must be equal to one of the allowed values',
          schema: schema32.properties.fetch_on.enum,
          parentSchema: schema32.properties.fetch_on,
          data: data19,
        };
        if (vErrors === null) {
          vErrors = [err41];
        } else {
          vErrors.push(err41);
        }
        errors++;
      }
    }
    if (data.max_download !== undefined) {
      let data20 = data.max_download;
      if (typeof data20 === 'string') {
        if (!pattern17.test(data20)) {
          const err42 = {
            instancePath: instancePath + '/max_download',
            schemaPath: '#/properties/max_download/pattern',
            keyword: 'pattern',
            params: { pattern: '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$' },
            message: 'must match pattern "' + '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$' + '"',
            schema: '^(?=.*[1-9])[0-9]{1,9}(\\.[0-9]{1,9})?[GM]$',
            parentSchema: schema32.properties.max_download,
            data: data20,
          };
          if (vErrors === null) {
            vErrors = [err42];
          } else {
            vErrors.push(err42);
          }
          errors++;
        }
      } else {
        const err43 = {
          instancePath: instancePath + '/max_download',
          schemaPath: '#/properties/max_download/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema32.properties.max_download.type,
          parentSchema: schema32.properties.max_download,
          data: data20,
        };
        if (vErrors === null) {
          vErrors = [err43];
        } else {
          vErrors.push(err43);
        }
        errors++;
      }
    }
    if (data.login_shell !== undefined) {
      let data21 = data.login_shell;
      if (typeof data21 !== 'boolean') {
        const err44 = {
          instancePath: instancePath + '/login_shell',
          schemaPath: '#/properties/login_shell/type',
          keyword: 'type',
          params: { type: 'boolean' },
          message: 'must be boolean',
          schema: schema32.properties.login_shell.type,
          parentSchema: schema32.properties.login_shell,
          data: data21,
        };
        if (vErrors === null) {
          vErrors = [err44];
        } else {
          vErrors.push(err44);
        }
        errors++;
      }
    }
    if (data.setup !== undefined) {
      let data22 = data.setup;
      if (typeof data22 !== 'string' && !Array.isArray(data22) && data22 !== null) {
        const err45 = {
          instancePath: instancePath + '/setup',
          schemaPath: '#/$defs/commands/type',
          keyword: 'type',
          params: { type: schema33.type },
          message: 'must be string,array,null',
          schema: schema33.type,
          parentSchema: schema33,
          data: data22,
        };
        if (vErrors === null) {
          vErrors = [err45];
        } else {
          vErrors.push(err45);
        }
        errors++;
      }
      if (typeof data22 === 'string') {
        if (func2(data22) < 1) {
          const err46 = {
            instancePath: instancePath + '/setup',
            schemaPath: '#/$defs/commands/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema33,
            data: data22,
          };
          if (vErrors === null) {
            vErrors = [err46];
          } else {
            vErrors.push(err46);
          }
          errors++;
        }
      }
      if (Array.isArray(data22)) {
        const len3 = data22.length;
        for (let i4 = 0; i4 < len3; i4++) {
          let data23 = data22[i4];
          if (typeof data23 === 'string') {
            if (func2(data23) < 1) {
              const err47 = {
                instancePath: instancePath + '/setup/' + i4,
                schemaPath: '#/$defs/commands/items/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema33.items,
                data: data23,
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
              instancePath: instancePath + '/setup/' + i4,
              schemaPath: '#/$defs/commands/items/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema33.items.type,
              parentSchema: schema33.items,
              data: data23,
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
    if (data.environment !== undefined) {
      let data24 = data.environment;
      if (!(data24 && typeof data24 == 'object' && !Array.isArray(data24)) && data24 !== null) {
        const err49 = {
          instancePath: instancePath + '/environment',
          schemaPath: '#/$defs/environment/type',
          keyword: 'type',
          params: { type: schema34.type },
          message: 'must be object,null',
          schema: schema34.type,
          parentSchema: schema34,
          data: data24,
        };
        if (vErrors === null) {
          vErrors = [err49];
        } else {
          vErrors.push(err49);
        }
        errors++;
      }
      if (data24 && typeof data24 == 'object' && !Array.isArray(data24)) {
        for (const key1 in data24) {
          const _errs51 = errors;
          if (typeof key1 === 'string') {
            if (!pattern18.test(key1)) {
              const err50 = {
                instancePath: instancePath + '/environment',
                schemaPath: '#/$defs/environment/propertyNames/pattern',
                keyword: 'pattern',
                params: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
                message: 'must match pattern "' + '^[A-Za-z_][A-Za-z0-9_]*$' + '"',
                schema: '^[A-Za-z_][A-Za-z0-9_]*$',
                parentSchema: schema34.propertyNames,
                data: key1,
                propertyName: key1,
              };
              if (vErrors === null) {
                vErrors = [err50];
              } else {
                vErrors.push(err50);
              }
              errors++;
            }
          }
          var valid12 = _errs51 === errors;
          if (!valid12) {
            const err51 = {
              instancePath: instancePath + '/environment',
              schemaPath: '#/$defs/environment/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key1 },
              message: 'property name must be valid',
              schema: schema34.propertyNames,
              parentSchema: schema34,
              data: data24,
            };
            if (vErrors === null) {
              vErrors = [err51];
            } else {
              vErrors.push(err51);
            }
            errors++;
          }
        }
        for (const key2 in data24) {
          let data25 = data24[key2];
          if (
            typeof data25 !== 'string' &&
            !(typeof data25 == 'number' && isFinite(data25)) &&
            typeof data25 !== 'boolean'
          ) {
            const err52 = {
              instancePath: instancePath + '/environment/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/$defs/environment/additionalProperties/type',
              keyword: 'type',
              params: { type: schema34.additionalProperties.type },
              message: 'must be string,number,boolean',
              schema: schema34.additionalProperties.type,
              parentSchema: schema34.additionalProperties,
              data: data25,
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
    if (data.sbatch_options !== undefined) {
      let data26 = data.sbatch_options;
      if (!(data26 && typeof data26 == 'object' && !Array.isArray(data26)) && data26 !== null) {
        const err53 = {
          instancePath: instancePath + '/sbatch_options',
          schemaPath: '#/$defs/sbatch_options/type',
          keyword: 'type',
          params: { type: schema35.type },
          message: 'must be object,null',
          schema: schema35.type,
          parentSchema: schema35,
          data: data26,
        };
        if (vErrors === null) {
          vErrors = [err53];
        } else {
          vErrors.push(err53);
        }
        errors++;
      }
      if (data26 && typeof data26 == 'object' && !Array.isArray(data26)) {
        for (const key3 in data26) {
          const _errs58 = errors;
          if (typeof key3 === 'string') {
            if (!pattern19.test(key3)) {
              const err54 = {
                instancePath: instancePath + '/sbatch_options',
                schemaPath: '#/$defs/sbatch_options/propertyNames/pattern',
                keyword: 'pattern',
                params: { pattern: '^[A-Za-z][A-Za-z0-9-]*$' },
                message: 'must match pattern "' + '^[A-Za-z][A-Za-z0-9-]*$' + '"',
                schema: '^[A-Za-z][A-Za-z0-9-]*$',
                parentSchema: schema35.propertyNames,
                data: key3,
                propertyName: key3,
              };
              if (vErrors === null) {
                vErrors = [err54];
              } else {
                vErrors.push(err54);
              }
              errors++;
            }
          }
          var valid15 = _errs58 === errors;
          if (!valid15) {
            const err55 = {
              instancePath: instancePath + '/sbatch_options',
              schemaPath: '#/$defs/sbatch_options/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key3 },
              message: 'property name must be valid',
              schema: schema35.propertyNames,
              parentSchema: schema35,
              data: data26,
            };
            if (vErrors === null) {
              vErrors = [err55];
            } else {
              vErrors.push(err55);
            }
            errors++;
          }
        }
        for (const key4 in data26) {
          let data27 = data26[key4];
          if (
            typeof data27 !== 'string' &&
            !(typeof data27 == 'number' && isFinite(data27)) &&
            typeof data27 !== 'boolean'
          ) {
            const err56 = {
              instancePath: instancePath + '/sbatch_options/' + key4.replace(/~/g, '~0').replace(/\//g, '~1'),
              schemaPath: '#/$defs/sbatch_options/additionalProperties/type',
              keyword: 'type',
              params: { type: schema35.additionalProperties.type },
              message: 'must be string,number,boolean',
              schema: schema35.additionalProperties.type,
              parentSchema: schema35.additionalProperties,
              data: data27,
            };
            if (vErrors === null) {
              vErrors = [err56];
            } else {
              vErrors.push(err56);
            }
            errors++;
          }
          if (typeof data27 === 'string') {
            if (func2(data27) < 1) {
              const err57 = {
                instancePath:
                  instancePath + '/sbatch_options/' + key4.replace(/~/g, '~0').replace(/\//g, '~1'),
                schemaPath: '#/$defs/sbatch_options/additionalProperties/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema35.additionalProperties,
                data: data27,
              };
              if (vErrors === null) {
                vErrors = [err57];
              } else {
                vErrors.push(err57);
              }
              errors++;
            }
            if (!pattern9.test(data27)) {
              const err58 = {
                instancePath:
                  instancePath + '/sbatch_options/' + key4.replace(/~/g, '~0').replace(/\//g, '~1'),
                schemaPath: '#/$defs/sbatch_options/additionalProperties/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\n\\t]+$' },
                message: 'must match pattern "' + '^[^\\n\\t]+$' + '"',
                schema: '^[^\\n\\t]+$',
                parentSchema: schema35.additionalProperties,
                data: data27,
              };
              if (vErrors === null) {
                vErrors = [err58];
              } else {
                vErrors.push(err58);
              }
              errors++;
            }
          }
        }
      }
    }
  } else {
    const err59 = {
      instancePath,
      schemaPath: '#/type',
      keyword: 'type',
      params: { type: 'object' },
      message: 'must be object',
      schema: schema32.type,
      parentSchema: schema32,
      data,
    };
    if (vErrors === null) {
      vErrors = [err59];
    } else {
      vErrors.push(err59);
    }
    errors++;
  }
  validate21.errors = vErrors;
  return errors === 0;
}
validate21.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

function validate20(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  /*# sourceURL="https://sluice.invalid/schemas/clusters.schema.json" */ let vErrors = null;
  let errors = 0;
  const evaluated0 = validate20.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    if (data.clusters === undefined) {
      const err0 = {
        instancePath,
        schemaPath: '#/required',
        keyword: 'required',
        params: { missingProperty: 'clusters' },
        message: "must have required property '" + 'clusters' + "'",
        schema: schema31.required,
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
    for (const key0 in data) {
      if (!(key0 === 'clusters')) {
        const err1 = {
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
          vErrors = [err1];
        } else {
          vErrors.push(err1);
        }
        errors++;
      }
    }
    if (data.clusters !== undefined) {
      let data0 = data.clusters;
      if (data0 && typeof data0 == 'object' && !Array.isArray(data0)) {
        if (Object.keys(data0).length < 1) {
          const err2 = {
            instancePath: instancePath + '/clusters',
            schemaPath: '#/properties/clusters/minProperties',
            keyword: 'minProperties',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 properties',
            schema: 1,
            parentSchema: schema31.properties.clusters,
            data: data0,
          };
          if (vErrors === null) {
            vErrors = [err2];
          } else {
            vErrors.push(err2);
          }
          errors++;
        }
        for (const key1 in data0) {
          const _errs4 = errors;
          if (typeof key1 === 'string') {
            if (!pattern4.test(key1)) {
              const err3 = {
                instancePath: instancePath + '/clusters',
                schemaPath: '#/properties/clusters/propertyNames/pattern',
                keyword: 'pattern',
                params: { pattern: '^[A-Za-z][A-Za-z0-9._-]{0,62}$' },
                message: 'must match pattern "' + '^[A-Za-z][A-Za-z0-9._-]{0,62}$' + '"',
                schema: '^[A-Za-z][A-Za-z0-9._-]{0,62}$',
                parentSchema: schema31.properties.clusters.propertyNames,
                data: key1,
                propertyName: key1,
              };
              if (vErrors === null) {
                vErrors = [err3];
              } else {
                vErrors.push(err3);
              }
              errors++;
            }
          }
          var valid1 = _errs4 === errors;
          if (!valid1) {
            const err4 = {
              instancePath: instancePath + '/clusters',
              schemaPath: '#/properties/clusters/propertyNames',
              keyword: 'propertyNames',
              params: { propertyName: key1 },
              message: 'property name must be valid',
              schema: schema31.properties.clusters.propertyNames,
              parentSchema: schema31.properties.clusters,
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
        for (const key2 in data0) {
          if (
            !validate21(data0[key2], {
              instancePath: instancePath + '/clusters/' + key2.replace(/~/g, '~0').replace(/\//g, '~1'),
              parentData: data0,
              parentDataProperty: key2,
              rootData,
              dynamicAnchors,
            })
          ) {
            vErrors = vErrors === null ? validate21.errors : vErrors.concat(validate21.errors);
            errors = vErrors.length;
          }
        }
      } else {
        const err5 = {
          instancePath: instancePath + '/clusters',
          schemaPath: '#/properties/clusters/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
          schema: schema31.properties.clusters.type,
          parentSchema: schema31.properties.clusters,
          data: data0,
        };
        if (vErrors === null) {
          vErrors = [err5];
        } else {
          vErrors.push(err5);
        }
        errors++;
      }
    }
  } else {
    const err6 = {
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
      vErrors = [err6];
    } else {
      vErrors.push(err6);
    }
    errors++;
  }
  validate20.errors = vErrors;
  return errors === 0;
}
validate20.evaluated = { props: true, dynamicProps: false, dynamicItems: false };

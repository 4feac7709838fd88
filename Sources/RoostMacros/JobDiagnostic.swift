import SwiftDiagnostics

/// Every message of the macro: what is wrong, why, and what to do instead.
enum JobDiagnostic: DiagnosticMessage {
    case unsuitable(String)
    case initialiser
    case operatorFunction
    case local
    case instanceMethod(String)
    case protocolMember
    case generic
    case genericType(String)
    case constrainedExtension(String)

    case rethrowing
    case opaqueOutput
    case tupleOutput
    case closureOutput
    case ambiguousName(String)

    case unnamedParameter
    case duplicateKey(String)
    case opaqueParameter(String)
    case inoutParameter(String)
    case isolatedParameter(String)
    case variadicParameter(String)
    case closureParameter(String)
    case withinWithoutScope(String)
    case withinBeyondScopes(String, scopes: Int)

    case kindNotLiteral
    case kindUnusable
    case aliasesNotLiteral
    case aliasIsKind(String)
    case duplicateAlias(String)

    case genericStruct
    case structWithoutConformance(String)
    case argumentsOnStruct
    case scopeOnStruct

    var severity: DiagnosticSeverity { .error }

    var diagnosticID: MessageID {
        let name = String(describing: self).prefix { $0 != "(" }
        return MessageID(domain: "Roost", id: "JobMacro.\(name)")
    }

    var message: String {
        switch self {
        case .unsuitable(let what):
            "@Job belongs on a global or static function, or on a struct that conforms to Job; this is \(what)"
        case .initialiser:
            "an initialiser cannot be a job; put @Job on a static function that calls it"
        case .operatorFunction:
            "an operator cannot be a job, since '$' and its name make no name; put @Job on a function that applies it"
        case .local:
            "a local declaration cannot be a job, since no worker could reach it; move it out of the function"
        case .instanceMethod(let name):
            "'\(name)' cannot be a job as an instance method, since a worker has no instance to call it on; make it static"
        case .protocolMember:
            "a member of a protocol cannot be a job, since a worker could not know which type's to call"
        case .generic:
            "a generic function cannot be a job, since a worker could not know its types; write one function for each type"
        case .genericType(let name):
            "a member of the generic type '\(name)' cannot be a job, since a worker could not know its types; move it out"
        case .constrainedExtension(let name):
            "a member of a constrained extension of '\(name)' cannot be a job, since a worker could not know its types"

        case .rethrowing:
            "a job cannot rethrow, since no closure can be stored with it"
        case .opaqueOutput:
            "the output of a job is stored, so its type must be named; it cannot be opaque"
        case .tupleOutput:
            "the output of a job is stored, so it must be Void or Codable, and a tuple is neither; return a struct"
        case .closureOutput:
            "the output of a job is stored, so it must be Void or Codable, and a closure is neither"
        case .ambiguousName(let name):
            "inside the job '\(name)' would mean the job's own '\(name)'; write the type with its path"

        case .unnamedParameter:
            "a parameter of a job needs a label or a name, under which its value is stored"
        case .duplicateKey(let key):
            "two parameters would be stored as '\(key)'; give one of them another label"
        case .opaqueParameter(let name):
            "parameter '\(name)' of a job is stored, so its type must be named; it cannot be opaque"
        case .inoutParameter(let name):
            "parameter '\(name)' of a job cannot be inout, since the caller is gone when the job runs; return the value"
        case .isolatedParameter(let name):
            "parameter '\(name)' of a job cannot be isolated, since an actor cannot be stored"
        case .variadicParameter(let name):
            "parameter '\(name)' of a job cannot be variadic; take an array"
        case .closureParameter(let name):
            "parameter '\(name)' of a job is stored, and a closure cannot be; pass the values it needs"
        case .withinWithoutScope(let name):
            "parameter '\(name)' is labelled 'within', so it takes the value of a scope, but @Job names none"
        case .withinBeyondScopes(let name, let scopes):
            """
            parameter '\(name)' is labelled 'within', so it takes the value of a scope, but @Job names only \
            \(scopes == 1 ? "one" : "\(scopes)")
            """

        case .kindNotLiteral:
            "a kind is a stored name that must stay the same, so it is written as a string literal without interpolation"
        case .kindUnusable:
            "a kind has at least one character, no spaces around it and no control characters"
        case .aliasesNotLiteral:
            "aliases are stored names, so they are written as an array of string literals"
        case .aliasIsKind(let name):
            "'\(name)' is the job's kind already"
        case .duplicateAlias(let name):
            "'\(name)' is listed twice"

        case .genericStruct:
            "a generic struct cannot be found by a worker, which could not know its types; register each type by 'jobs:'"
        case .structWithoutConformance(let name):
            "@Job on a struct lets workers find it, and '\(name)' does not say here that it conforms to Job"
        case .argumentsOnStruct:
            "on a struct @Job takes no arguments; write static properties: 'kind', 'aliases', 'options'"
        case .scopeOnStruct:
            "on a struct @Job takes no arguments; enter the scope inside 'run()'"
        }
    }
}

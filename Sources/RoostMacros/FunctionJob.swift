import SwiftDiagnostics
import SwiftSyntax

/// A function that is a job, as the generated code needs to know it.
struct FunctionJob {
    let name: TokenSyntax
    let attribute: JobAttribute
    let place: JobPlace
    let parameters: [JobParameter]
    /// What the function returns, nil for nothing.
    let outputType: TypeSyntax?
    let isAsync: Bool
    let isThrowing: Bool
    /// The access level of the type, if one is to be written.
    let access: String?
    /// Doc comments and `@available`, to be repeated on the type.
    let documentation: [String]
    let availability: [String]

    init?(
        _ function: FunctionDeclSyntax,
        attribute: JobAttribute,
        place: JobPlace,
        problems: inout Problems
    ) {
        name = function.name.trimmed
        self.attribute = attribute
        self.place = place
        access = function.modifiers.access

        let effects = function.signature.effectSpecifiers
        isAsync = effects?.asyncSpecifier != nil
        isThrowing = effects?.throwsClause.map { $0.type?.trimmedDescription != "Never" } ?? false

        documentation = function.leadingTrivia.documentation
        availability = function.attributes.availability
        outputType = Self.outputType(of: function)

        Self.checkSignature(of: function, problems: &problems)
        var scopesTaken = 0
        parameters = function.signature.parameterClause.parameters.compactMap {
            JobParameter($0, scopesTaken: &scopesTaken, attribute: attribute, problems: &problems)
        }
        checkKeys(of: function, problems: &problems)
        checkNames(problems: &problems, in: function)
        guard problems.found.isEmpty else { return nil }
    }

    /// The parameters that are kept in the payload.
    var stored: [JobParameter] { parameters.filter(\.isStored) }

    /// The name under which jobs of the type are stored.
    var kind: String {
        attribute.kind ?? (place.path + [name.plainText]).joined(separator: ".")
    }

    private static func outputType(of function: FunctionDeclSyntax) -> TypeSyntax? {
        guard let type = function.signature.returnClause?.type else { return nil }
        if type.as(TupleTypeSyntax.self)?.elements.isEmpty == true { return nil }
        // `sending` says how the value is passed on, not what it is.
        return type.as(AttributedTypeSyntax.self)?.baseType ?? type
    }

    private static func checkSignature(of function: FunctionDeclSyntax, problems: inout Problems) {
        if let generics = function.genericParameterClause {
            problems.report(.generic, at: generics)
        } else if let requirements = function.genericWhereClause {
            problems.report(.generic, at: requirements)
        }
        if let clause = function.signature.effectSpecifiers?.throwsClause,
            clause.throwsSpecifier.tokenKind == .keyword(.rethrows)
        {
            let fixed = TokenSyntax.keyword(.throws, trailingTrivia: clause.throwsSpecifier.trailingTrivia)
            problems.report(
                .rethrowing,
                at: clause.throwsSpecifier,
                fixIts: [.replacing(clause.throwsSpecifier, by: fixed, "throw instead")]
            )
        }
        guard let output = function.signature.returnClause?.type else { return }
        if output.containsFunctionType {
            problems.report(.closureOutput, at: output)
        } else if output.containsOpaqueType {
            problems.report(.opaqueOutput, at: output)
        } else if let tuple = output.as(TupleTypeSyntax.self), tuple.elements.count > 1 {
            problems.report(.tupleOutput, at: output)
        }
    }

    private func checkKeys(of function: FunctionDeclSyntax, problems: inout Problems) {
        var seen: Set<String> = []
        for parameter in stored where !seen.insert(parameter.key).inserted {
            let syntax = function.signature.parameterClause.parameters.last {
                ($0.firstName.text == "_" ? $0.secondName : $0.firstName)?.plainText == parameter.key
            }
            problems.report(.duplicateKey(parameter.key), at: syntax.map { Syntax($0) } ?? Syntax(function.name))
        }
    }

    /// Reports types that would mean another one in the bodies of the generated struct: its own `Output`, for one.
    /// As the function's return type it is the same one.
    private func checkNames(problems: inout Problems, in function: FunctionDeclSyntax) {
        let types = function.signature.parameterClause.parameters.map(\.type)
        for type in types {
            let finder = AssociatedTypeFinder(viewMode: .sourceAccurate)
            finder.walk(type)
            for found in finder.found {
                problems.report(.ambiguousName(found.name.text), at: found, fixIts: fixIts(for: found))
            }
        }
    }

    private func fixIts(for type: IdentifierTypeSyntax) -> [FixIt] {
        let outer = [place.type.map { "\($0).\(type.name.text)" }, place.module.map { "\($0)::\(type.name.text)" }]
        return outer.compactMap { path in
            path.map { .replacing(type.name, by: type.name.with(\.tokenKind, .identifier($0)), "write '\($0)'") }
        }
    }
}

/// Finds the names of the protocol's associated types where they stand without a path.
private final class AssociatedTypeFinder: SyntaxVisitor {
    private(set) var found: [IdentifierTypeSyntax] = []

    override func visit(_ node: IdentifierTypeSyntax) -> SyntaxVisitorContinueKind {
        if ["Output", "Work"].contains(node.name.text), !node.trimmedDescription.contains("::") { found.append(node) }
        return .visitChildren
    }
}

extension Trivia {
    /// The doc comments, line by line.
    var documentation: [String] {
        compactMap { piece in
            switch piece {
            case .docLineComment(let text), .docBlockComment(let text): text
            default: nil
            }
        }
    }
}

extension AttributeListSyntax {
    var availability: [String] {
        compactMap { element in
            guard case .attribute(let attribute) = element else { return nil }
            let name = attribute.attributeName.trimmedDescription
            return ["available", "_spi"].contains(name) ? attribute.trimmedDescription : nil
        }
    }
}
